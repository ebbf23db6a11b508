/**
 * Errors across the socket: an AgentFsError becomes a JSON-RPC error object whose `data` is its ErrorJson, and back.
 * Pure. What the system refused crosses with its remedy. Anything else is a mistake of ours: INTERNAL, with its message and
 * without its stack.
 */
import { AgentFsError, type ErrorJson, toAgentFsError } from '../base/index.js';
import { MalformedMessage } from './message.js';
import type { RpcErrorObject } from './protocol.js';
import {
  RPC_AGENTFS_ERROR,
  RPC_INTERNAL_ERROR,
  RPC_INVALID_PARAMS,
  RPC_METHOD_NOT_FOUND,
} from './protocol.js';

export function toErrorObject(error: unknown): RpcErrorObject {
  const json = toErrorJson(error);
  return { code: rpcCodeOf(error, json), message: json.message, data: json };
}

export function toErrorJson(error: unknown): ErrorJson {
  return toAgentFsError(error).toJSON();
}

/** Builds the error that a caller sees. A peer that sends no ErrorJson still gives a usable one. */
export function fromErrorObject(error: RpcErrorObject): AgentFsError {
  const json = error.data;
  if (typeof json !== 'object' || json === null || typeof json.code !== 'string') {
    const code = error.code === RPC_METHOD_NOT_FOUND ? 'UNKNOWN_METHOD' : 'INTERNAL';
    return new AgentFsError(code, error.message, { operation: 'call owner' });
  }
  return errorFromJson(json);
}

export function errorFromJson(json: ErrorJson): AgentFsError {
  return new AgentFsError(json.code, json.message, {
    ...(json.operation === undefined ? {} : { operation: json.operation }),
    ...(json.path === undefined ? {} : { path: json.path }),
    ...(json.hint === undefined ? {} : { hint: json.hint }),
    ...(json.data === undefined ? {} : { data: json.data }),
  });
}

function rpcCodeOf(error: unknown, json: ErrorJson): number {
  if (error instanceof MalformedMessage) return error.rpcCode;
  if (json.code === 'UNKNOWN_METHOD') return RPC_METHOD_NOT_FOUND;
  if (json.code === 'INVALID_ARGUMENT') return RPC_INVALID_PARAMS;
  if (json.code === 'INTERNAL') return RPC_INTERNAL_ERROR;
  return RPC_AGENTFS_ERROR;
}

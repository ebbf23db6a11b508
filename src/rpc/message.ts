/**
 * Messages: JSON-RPC 2.0 objects to and from frames. Pure.
 *
 * Raw bytes stand in the member `data` of params or of result, as a Uint8Array on both ends; on the wire that member
 * is a placeholder and the bytes follow the JSON, so that nothing is inflated by base64. What a peer sent is checked
 * for shape here; what a method's params mean is the method's to check.
 */
import { AgentFsError } from '../base/index.js';
import type { Frame } from './frame.js';
import { encodeFrame } from './frame.js';
import type { Message, MessageId, Params, RpcErrorObject } from './protocol.js';
import { RPC_INVALID_REQUEST, RPC_PARSE_ERROR } from './protocol.js';

/** What a peer sent is no message; `rpcCode` is the JSON-RPC code to answer with before closing. */
export class MalformedMessage extends AgentFsError {
  readonly rpcCode: number;

  constructor(rpcCode: number, message: string) {
    super('INVALID_ARGUMENT', message, { operation: 'read message' });
    this.rpcCode = rpcCode;
  }
}

export function encodeMessage(message: Message): Uint8Array[] {
  switch (message.type) {
    case 'request':
      return withBytes('params', message.params, { id: message.id, method: message.method });
    case 'notification':
      return withBytes('params', message.params, { method: message.method });
    case 'result':
      return withBytes('result', message.result, { id: message.id });
    case 'error':
      return encodeFrame(JSON.stringify({ jsonrpc: '2.0', id: message.id, error: message.error }));
  }
}

/** Throws MalformedMessage. */
export function decodeMessage(frame: Frame): Message {
  const json = parse(frame.json);
  if (!isObject(json)) {
    throw new MalformedMessage(
      RPC_INVALID_REQUEST,
      'a message must be one JSON object; batches are not taken',
    );
  }
  if (json.jsonrpc !== '2.0') throw new MalformedMessage(RPC_INVALID_REQUEST, 'not a JSON-RPC 2.0 message');
  if ('method' in json) return decodeCall(json, frame.bytes);
  const id = decodeId(json.id);
  if ('error' in json) return { type: 'error', id, error: decodeError(json.error) };
  if ('result' in json) return { type: 'result', id, result: placeBytes(json.result, frame.bytes) };
  throw new MalformedMessage(RPC_INVALID_REQUEST, 'a message needs a method, a result or an error');
}

function decodeCall(json: Record<string, unknown>, bytes: Buffer): Message {
  const method = json.method;
  const params = json.params ?? {};
  if (typeof method !== 'string' || method.length > 128) {
    throw new MalformedMessage(RPC_INVALID_REQUEST, 'a method is a string of at most 128 characters');
  }
  if (!isObject(params)) throw new MalformedMessage(RPC_INVALID_REQUEST, 'params must be an object');
  const placed = placeBytes(params, bytes) as Params;
  if (!('id' in json)) return { type: 'notification', method, params: placed };
  const id = decodeId(json.id);
  if (id === null) throw new MalformedMessage(RPC_INVALID_REQUEST, 'the id of a call must not be null');
  return { type: 'request', id, method, params: placed };
}

function parse(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    throw new MalformedMessage(RPC_PARSE_ERROR, 'a message is not valid JSON');
  }
}

function decodeId(id: unknown): MessageId {
  if (id === null || typeof id === 'number') return id;
  if (typeof id === 'string' && id.length <= 128) return id;
  throw new MalformedMessage(RPC_INVALID_REQUEST, 'an id must be a number or a short string');
}

function decodeError(error: unknown): RpcErrorObject {
  if (!isObject(error) || typeof error.code !== 'number' || typeof error.message !== 'string') {
    throw new MalformedMessage(RPC_INVALID_REQUEST, 'an error needs a code and a message');
  }
  return error as unknown as RpcErrorObject;
}

function withBytes(member: 'params' | 'result', value: unknown, envelope: object): Uint8Array[] {
  if (!isObject(value) || !(value.data instanceof Uint8Array)) {
    return encodeFrame(JSON.stringify({ jsonrpc: '2.0', ...envelope, [member]: value ?? null }));
  }
  const bytes = value.data;
  const placed = { ...value, data: { $bytes: bytes.byteLength } };
  return encodeFrame(JSON.stringify({ jsonrpc: '2.0', ...envelope, [member]: placed }), bytes);
}

function placeBytes(value: unknown, bytes: Buffer): unknown {
  const placeholder = isObject(value) ? value.data : undefined;
  const expected = isObject(placeholder) ? placeholder.$bytes : undefined;
  if (expected === undefined) {
    if (bytes.length === 0) return value;
    throw new MalformedMessage(RPC_INVALID_REQUEST, 'bytes came with a message that has no place for them');
  }
  if (expected !== bytes.length) {
    throw new MalformedMessage(RPC_INVALID_REQUEST, 'the announced and the sent number of bytes differ');
  }
  return { ...(value as Record<string, unknown>), data: bytes };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

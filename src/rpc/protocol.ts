/**
 * The protocol's constants and wire shapes: JSON-RPC 2.0 in length-prefixed frames. Pure.
 *
 *     frame  = u32 length of json, u32 length of bytes (both big-endian), json (UTF-8), bytes
 *     json   = one JSON-RPC 2.0 message; batches are not taken
 *     bytes  = the value of the member `data` of params or of result, where that member is {"$bytes": length}
 *
 * The first call on a connection is `hello`; a peer of another protocol version gets PROTOCOL_MISMATCH. A call is
 * abandoned by the notification `$/cancel` with its id. Before it closes in order, an owner answers what it has begun and
 * sends the notification `$/goodbye`: calls that are unanswered then were not executed. The version moves when an old peer would misunderstand a new one.
 */
import type { ErrorJson } from '../base/index.js';

export const PROTOCOL_VERSION = 1;

/** No message's JSON part is longer. Listings are paged far below it; thousands of conflicts fit. */
export const MAX_JSON_BYTES = 32 * 1024 * 1024;
/** No message carries more raw bytes; larger files are read and written by ranges. */
export const MAX_DATA_BYTES = 4 * 1024 * 1024;

export const CANCEL_METHOD = '$/cancel';
export const GOODBYE_METHOD = '$/goodbye';
export const HELLO_METHOD = 'hello';

/** The error codes that JSON-RPC 2.0 section 5.1 reserves, and ours for every AgentFsError. */
export const RPC_PARSE_ERROR = -32700;
export const RPC_INVALID_REQUEST = -32600;
export const RPC_METHOD_NOT_FOUND = -32601;
export const RPC_INVALID_PARAMS = -32602;
export const RPC_INTERNAL_ERROR = -32603;
export const RPC_AGENTFS_ERROR = -32000;

export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: ErrorJson;
}

export type MessageId = number | string | null;
export type Params = Readonly<Record<string, unknown>>;

export type Message =
  | {
      readonly type: 'request';
      readonly id: Exclude<MessageId, null>;
      readonly method: string;
      readonly params: Params;
    }
  | { readonly type: 'notification'; readonly method: string; readonly params: Params }
  | { readonly type: 'result'; readonly id: MessageId; readonly result: unknown }
  | { readonly type: 'error'; readonly id: MessageId; readonly error: RpcErrorObject };

/** Who is on the other end, exchanged by `hello`. */
export interface Hello {
  readonly protocol: number;
  /** The release of AgentFS, for messages to people. */
  readonly version: string;
  readonly pid: number;
  /** What the process is: `background` and `in-process` own a workspace, `home` finds or makes owners, `client` asks. */
  readonly role: 'background' | 'in-process' | 'home' | 'client';
  readonly workspace?: string;
  readonly database?: string;
}

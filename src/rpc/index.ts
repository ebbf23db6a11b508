/**
 * rpc: the protocol that the owner of a workspace speaks, JSON-RPC 2.0 over a Unix socket, and both its ends.
 *
 * It knows frames, messages, errors and the handshake, and no method by name: what the methods mean stands in
 * sdk/typescript/service.ts. A peer that sends garbage loses its connection and costs bounded memory. Anyone above base
 * may use it; other languages implement protocol.ts.
 */

export type { RpcClientOptions } from './client.js';
export { isOwnerAbsent, RpcClient } from './client.js';
export type { CallOptions, Cancellable } from './connection.js';
export { cancelled, isNotExecuted, ownerGone, RunningCall } from './connection.js';
export { errorFromJson, toErrorJson } from './error-object.js';
export { makeHello } from './handshake.js';
export type { Hello, Params } from './protocol.js';
export { MAX_DATA_BYTES, MAX_JSON_BYTES, PROTOCOL_VERSION } from './protocol.js';
export type { Peer, PeerHandler, PeerOptions, RpcServerOptions } from './server.js';
export { greetPeer, RpcServer } from './server.js';

/**
 * What an operation is: a function from the request in an Exchange to a number that says how to answer.
 *
 *   0 and above          the length of the reply's body, already built
 *   -511 to -1           an error, as a negative errno
 *   NO_REPLY             the kernel waits for none
 *   afterSync(length)    a body of that length, sent when everything so far is durable
 *
 * An operation may also throw an AgentFsError. It runs to its end at once, keeps nothing of the exchange, and
 * never touches a path of the mount.
 */
import type { Filesystem } from '../vfs/index.js';
import type { Exchange } from './exchange.js';

export type Operation = (exchange: Exchange, filesystem: Filesystem) => number;

export const NO_REPLY = -1000;
const AFTER_SYNC = -2000;

/** @param bodyLength at most 1 MiB. */
export function afterSync(bodyLength: number): number {
  return AFTER_SYNC - bodyLength;
}

/** The body's length when `result` came from `afterSync`, else -1. */
export function deferredLength(result: number): number {
  return result <= AFTER_SYNC ? AFTER_SYNC - result : -1;
}

/**
 * FORGET and BATCH_FORGET: the kernel gives back the lookups that it was counted for. Never answered.
 */
import type { Filesystem } from '../../vfs/index.js';
import { type Exchange, REQUEST_BODY, requestWord } from '../exchange.js';
import { NO_REPLY } from '../operation.js';
import { BATCH_FORGET_IN, FORGET_IN, FORGET_ONE } from '../protocol/layouts.js';

const NLOOKUP = requestWord(FORGET_IN, 'nlookup');
const COUNT = requestWord(BATCH_FORGET_IN, 'count');
const FIRST = (REQUEST_BODY + BATCH_FORGET_IN.size) / 4;
const ONE_NODE = FORGET_ONE.offsets.nodeid / 4;
const ONE_NLOOKUP = FORGET_ONE.offsets.nlookup / 4;
const ONE_WORDS = FORGET_ONE.size / 4;

export function forget(exchange: Exchange, filesystem: Filesystem): number {
  filesystem.forget(exchange.node(), exchange.u64(NLOOKUP));
  return NO_REPLY;
}

export function batchForget(exchange: Exchange, filesystem: Filesystem): number {
  const room = Math.floor((exchange.length / 4 - FIRST) / ONE_WORDS);
  const count = Math.min(exchange.in[COUNT]!, room);
  for (let index = 0, word = FIRST; index < count; index++, word += ONE_WORDS) {
    filesystem.forget(exchange.u64(word + ONE_NODE), exchange.u64(word + ONE_NLOOKUP));
  }
  return NO_REPLY;
}

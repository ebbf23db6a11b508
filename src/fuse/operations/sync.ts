/**
 * FSYNC, FSYNCDIR and SYNCFS: answered when everything that came before is durable. The event loop goes on
 * meanwhile: other requests are served, and several callers share one commit.
 */
import type { Filesystem } from '../../vfs/index.js';
import type { Exchange } from '../exchange.js';
import { afterSync } from '../operation.js';

export function fsync(exchange: Exchange, filesystem: Filesystem): number {
  filesystem.inodeOfNode(exchange.node());
  return afterSync(0);
}

export const fsyncdir = fsync;

export function syncfs(): number {
  return afterSync(0);
}

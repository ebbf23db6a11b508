/**
 * UNLINK, RMDIR, RENAME and RENAME2. The kernel has checked permissions and sticky directories.
 */
import type { Filesystem } from '../../vfs/index.js';
import { type Exchange, REQUEST_BODY, requestWord } from '../exchange.js';
import { RENAME_IN, RENAME2_IN } from '../protocol/layouts.js';

const RENAME_NEWDIR = requestWord(RENAME_IN, 'newdir');
const RENAME_NAMES = REQUEST_BODY + RENAME_IN.size;
const RENAME2_NEWDIR = requestWord(RENAME2_IN, 'newdir');
const RENAME2_FLAGS = requestWord(RENAME2_IN, 'flags');
const RENAME2_NAMES = REQUEST_BODY + RENAME2_IN.size;

export function unlink(exchange: Exchange, filesystem: Filesystem): number {
  filesystem.unlink(filesystem.inodeOfNode(exchange.node()), exchange.name(REQUEST_BODY));
  return 0;
}

export function rmdir(exchange: Exchange, filesystem: Filesystem): number {
  filesystem.rmdir(filesystem.inodeOfNode(exchange.node()), exchange.name(REQUEST_BODY));
  return 0;
}

export function rename(exchange: Exchange, filesystem: Filesystem): number {
  const from = filesystem.inodeOfNode(exchange.node());
  const directory = filesystem.inodeOfNode(exchange.u64(RENAME_NEWDIR));
  const oldName = exchange.name(RENAME_NAMES);
  filesystem.rename(from, oldName, { directory, name: exchange.name(exchange.cursor), flags: 0 });
  return 0;
}

export function rename2(exchange: Exchange, filesystem: Filesystem): number {
  const from = filesystem.inodeOfNode(exchange.node());
  const directory = filesystem.inodeOfNode(exchange.u64(RENAME2_NEWDIR));
  const flags = exchange.in[RENAME2_FLAGS]!;
  const oldName = exchange.name(RENAME2_NAMES);
  filesystem.rename(from, oldName, { directory, name: exchange.name(exchange.cursor), flags });
  return 0;
}

/**
 * ACCESS: access(2) and chdir(2) of root on its private mount, where the kernel makes no checks of its own; everywhere
 * else it does (default_permissions), and never asks.
 *
 * Root may do anything but execute a file that nobody may execute.
 */
import { posixError } from '../../base/index.js';
import { type Filesystem, S_IFDIR, S_IFMT } from '../../vfs/index.js';
import { type Exchange, requestWord } from '../exchange.js';
import { ACCESS_IN } from '../protocol/layouts.js';

const MASK = requestWord(ACCESS_IN, 'mask');
const X_OK = 1;
const ANYBODY_EXECUTES = 0o111;

export function access(exchange: Exchange, filesystem: Filesystem): number {
  const { mode } = filesystem.inodeOfNode(exchange.node());
  const executes = (exchange.in[MASK]! & X_OK) !== 0 && (mode & S_IFMT) !== S_IFDIR;
  if (executes && (mode & ANYBODY_EXECUTES) === 0) throw posixError('EACCES', 'access');
  return 0;
}

/**
 * Rules for names: of workspaces, and of entries in a directory. Pure.
 *
 * An entry's name is 1 to 255 bytes of valid UTF-8 without `/` and NUL, and is neither `.` nor `..`. A name that is
 * not UTF-8 is refused with EILSEQ (SQLite text, JSON and the remote all speak UTF-8; APFS decides the same way).
 */
import { AgentFsError, type PosixCode } from './errors.js';

export const NAME_MAX_BYTES = 255;
const WORKSPACE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export function assertWorkspaceName(name: string): void {
  if (WORKSPACE_NAME.test(name)) return;
  throw new AgentFsError('WORKSPACE_INVALID_NAME', `'${name}' is not a workspace name`, {
    hint: 'Use 1 to 63 of a-z, 0-9, dot, underscore and dash; begin with a letter or a digit.',
  });
}

/** What is wrong with an entry's name, or undefined when it is fine. */
export function entryNameProblem(name: string): PosixCode | undefined {
  if (name.length === 0) return 'ENOENT';
  if (name === '.' || name === '..') return 'EINVAL';
  if (name.includes('/') || name.includes('\0')) return 'EINVAL';
  if (name.length > NAME_MAX_BYTES || (name.length > 85 && Buffer.byteLength(name) > NAME_MAX_BYTES)) {
    return 'ENAMETOOLONG';
  }
  return undefined;
}

/** Splits an absolute or relative workspace path into its entries; `.` and empty parts vanish, `..` climbs. */
export function splitPath(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}

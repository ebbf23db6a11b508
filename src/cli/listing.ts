/**
 * A directory's entries with their attributes, sorted by name.
 */
import type { FileKind, Workspace } from '../sdk/typescript/index.js';

/** What listings show and --json prints. Times are RFC 3339 in UTC. */
export interface NamedFile {
  readonly name: string;
  readonly kind: FileKind;
  readonly ino: number;
  /** Type and permission bits. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  readonly mtime: string;
}

export async function listDirectory(workspace: Workspace, path: string): Promise<NamedFile[]> {
  const entries = await workspace.readdir(path, { stat: true });
  return entries.map(({ name, stat: { kind, ino, mode, nlink, uid, gid, size, mtime } }) => ({
    name,
    kind,
    ino,
    mode,
    nlink,
    uid,
    gid,
    size,
    mtime: new Date(mtime.sec * 1000 + Math.floor(mtime.nsec / 1e6)).toISOString(),
  }));
}

/**
 * A small Filesystem in memory, for tests of the layers above it: the same interface, no store, no caches.
 *
 * It counts lookups per node, so that a test can see which entries were remembered, and keeps `syncs` waiting until
 * the test settles them when `holdSyncs` is set.
 */
import { posixError } from '#src/base/index.js';
import type { Filesystem } from '#src/vfs/filesystem.js';
import {
  type AttributeChanges,
  type Attributes,
  type ChangeObserver,
  type DirectoryEntry,
  type FilesystemStatistics,
  type NewInode,
  S_IFDIR,
  S_IFMT,
  S_ISGID,
  S_ISUID,
} from '#src/vfs/types.js';

interface Entry {
  ino: number;
  cookie: number;
}

interface File extends Attributes {
  data: Uint8Array;
  entries: Map<string, Entry>;
  parent: number;
  target: string;
  xattrs: Map<string, Uint8Array>;
}

const NOW = { sec: 1_700_000_000, nsec: 123_456_789 };

export class MemoryFilesystem implements Filesystem {
  readonly lookups = new Map<number, number>();
  readonly observers = new Set<ChangeObserver>();
  syncs = 0;
  /** While set, `sync` waits for `settle`. */
  holdSyncs = false;
  readonly #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  readonly #files = new Map<number, File>();
  #nextIno = 1;
  #nextCookie = 3;

  constructor() {
    this.#make({ mode: S_IFDIR | 0o755, uid: 0, gid: 0 }, 1);
  }

  #make(node: NewInode, parent: number): File {
    const ino = this.#nextIno++;
    const directory = (node.mode & S_IFMT) === S_IFDIR;
    const file: File = {
      ino,
      mode: node.mode,
      nlink: directory ? 2 : 1,
      uid: node.uid,
      gid: node.gid,
      rdev: node.rdev ?? 0,
      size: node.target === undefined ? 0 : Buffer.byteLength(node.target),
      atimeSec: NOW.sec,
      atimeNsec: NOW.nsec,
      mtimeSec: NOW.sec,
      mtimeNsec: NOW.nsec,
      ctimeSec: NOW.sec,
      ctimeNsec: NOW.nsec,
      data: new Uint8Array(0),
      entries: new Map(),
      parent,
      target: node.target ?? '',
      xattrs: new Map(),
    };
    this.#files.set(ino, file);
    return file;
  }

  inodeOfNode(node: number): File {
    const file = this.#files.get(node);
    if (file === undefined) throw posixError('ESTALE', 'find inode');
    return file;
  }

  inode(ino: number): File {
    return this.inodeOfNode(ino);
  }

  rememberNode(inode: Attributes): number {
    this.lookups.set(inode.ino, (this.lookups.get(inode.ino) ?? 0) + 1);
    return inode.ino;
  }

  forget(node: number, count: number): void {
    const left = (this.lookups.get(node) ?? 0) - count;
    if (left > 0) this.lookups.set(node, left);
    else this.lookups.delete(node);
  }

  pin(inode: Attributes): number {
    return this.rememberNode(inode);
  }

  unpin(node: number): void {
    this.forget(node, 1);
  }

  forgetAll(): void {
    this.lookups.clear();
  }

  allocatedBytes(inode: Attributes): number {
    return inode.size;
  }

  shownIno(inode: Attributes): number {
    return inode.ino;
  }

  lookup(directory: Attributes, name: string): File | undefined {
    const entry = (directory as File).entries.get(name);
    return entry === undefined ? undefined : this.inode(entry.ino);
  }

  parentOf(directory: Attributes): File {
    return this.inode((directory as File).parent);
  }

  create(directory: Attributes, name: string, node: NewInode): File {
    if ((directory as File).entries.has(name)) throw posixError('EEXIST', 'create', name);
    const file = this.#make(node, directory.ino);
    (directory as File).entries.set(name, { ino: file.ino, cookie: this.#nextCookie++ });
    return file;
  }

  createUnnamed(directory: Attributes, node: NewInode): File {
    const file = this.#make(node, directory.ino);
    file.nlink = 0;
    return file;
  }

  link(inode: Attributes, directory: Attributes, name: string): void {
    if ((directory as File).entries.has(name)) throw posixError('EEXIST', 'link', name);
    inode.nlink++;
    (directory as File).entries.set(name, { ino: inode.ino, cookie: this.#nextCookie++ });
  }

  unlink(directory: Attributes, name: string): void {
    const file = this.lookup(directory, name);
    if (file === undefined) throw posixError('ENOENT', 'unlink', name);
    file.nlink--;
    (directory as File).entries.delete(name);
  }

  rmdir(directory: Attributes, name: string): void {
    const file = this.lookup(directory, name);
    if (file === undefined) throw posixError('ENOENT', 'rmdir', name);
    if (file.entries.size > 0) throw posixError('ENOTEMPTY', 'rmdir', name);
    (directory as File).entries.delete(name);
  }

  rename(from: Attributes, name: string, to: { directory: Attributes; name: string; flags: number }): void {
    const file = this.lookup(from, name);
    if (file === undefined) throw posixError('ENOENT', 'rename', name);
    if (to.flags === 1 && this.lookup(to.directory, to.name)) throw posixError('EEXIST', 'rename', to.name);
    (from as File).entries.delete(name);
    (to.directory as File).entries.set(to.name, { ino: file.ino, cookie: this.#nextCookie++ });
  }

  setattr(inode: Attributes, changes: AttributeChanges): void {
    const file = inode as File;
    if (changes.mode !== undefined) file.mode = (file.mode & S_IFMT) | (changes.mode & 0o7777);
    if (changes.killSuidGid === true) file.mode &= ~(S_ISUID | S_ISGID);
    if (changes.uid !== undefined) file.uid = changes.uid;
    if (changes.gid !== undefined) file.gid = changes.gid;
    if (changes.size !== undefined) this.#resize(file, changes.size);
    if (changes.atime !== undefined) {
      const time = changes.atime === 'now' ? NOW : changes.atime;
      file.atimeSec = time.sec;
      file.atimeNsec = time.nsec;
    }
    if (changes.mtime !== undefined) {
      const time = changes.mtime === 'now' ? NOW : changes.mtime;
      file.mtimeSec = time.sec;
      file.mtimeNsec = time.nsec;
    }
  }

  #resize(file: File, size: number): void {
    const data = new Uint8Array(size);
    data.set(file.data.subarray(0, size));
    file.data = data;
    file.size = size;
  }

  readlink(inode: Attributes): string {
    return (inode as File).target;
  }

  read(inode: Attributes, offset: number, target: Uint8Array): number {
    const bytes = (inode as File).data.subarray(offset, offset + target.length);
    target.set(bytes);
    return bytes.length;
  }

  write(inode: Attributes, offset: number, source: Uint8Array): void {
    const file = inode as File;
    if (offset + source.length > file.size) this.#resize(file, offset + source.length);
    file.data.set(source, offset);
  }

  fallocate(inode: Attributes, flags: number, range: { offset: number; length: number }): void {
    const file = inode as File;
    if (flags !== 0) throw posixError('EOPNOTSUPP', 'fallocate');
    if (range.offset + range.length > file.size) this.#resize(file, range.offset + range.length);
  }

  seek(inode: Attributes, offset: number, whence: number): number {
    if (offset >= inode.size) throw posixError('ENXIO', 'seek');
    return whence === 3 ? offset : inode.size;
  }

  copyRange(
    from: { inode: Attributes; offset: number },
    to: { inode: Attributes; offset: number },
    length: number,
  ): number {
    const bytes = (from.inode as File).data.slice(from.offset, from.offset + length);
    this.write(to.inode, to.offset, bytes);
    return bytes.length;
  }

  readdir(directory: Attributes, cookie: number, visit: (entry: DirectoryEntry) => boolean): void {
    const entries = [...(directory as File).entries].sort((a, b) => a[1].cookie - b[1].cookie);
    for (const [name, entry] of entries) {
      if (entry.cookie <= cookie) continue;
      const type = this.inode(entry.ino).mode & S_IFMT;
      if (!visit({ name, ino: entry.ino, type, cookie: entry.cookie })) return;
    }
  }

  preload(): void {}

  getxattr(inode: Attributes, name: string): Uint8Array {
    const value = (inode as File).xattrs.get(name);
    if (value === undefined) throw posixError('ENODATA', 'getxattr', name);
    return value;
  }

  setxattr(inode: Attributes, name: string, value: { data: Uint8Array; flags: number }): void {
    (inode as File).xattrs.set(name, value.data);
  }

  listxattr(inode: Attributes): string[] {
    return [...(inode as File).xattrs.keys()];
  }

  removexattr(inode: Attributes, name: string): void {
    if (!(inode as File).xattrs.delete(name)) throw posixError('ENODATA', 'removexattr', name);
  }

  statfs(): FilesystemStatistics {
    return {
      blockSize: 4096,
      blocks: 2 ** 40,
      blocksFree: 1000,
      blocksAvailable: 900,
      files: 50,
      filesFree: 40,
      nameMax: 255,
    };
  }

  sync(): Promise<void> {
    this.syncs++;
    if (!this.holdSyncs) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Ends every sync that waits, with `error` if one is given. */
  settle(error?: unknown): void {
    for (const waiting of this.#waiting.splice(0)) {
      if (error === undefined) waiting.resolve();
      else waiting.reject(error);
    }
  }

  outside<T>(change: () => T): T {
    return change();
  }

  observe(observer: ChangeObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }
}

/**
 * A process that makes system calls for the suite: `actor/main.py` at the other end of a pipe.
 *
 * Node has no call for most of what is tested (rename flags, locks, mappings, telldir), and a process that serves a mount
 * must not touch it; Python 3 has nearly all, and the C library the rest. Invariants: calls are made in the order in
 * which they were asked for; one that takes longer than the limit ends the process, and with it every call.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../test/posix/actor/main.py', import.meta.url));

/** A system call failed: `code` is the errno's name. */
export class CallError extends Error {
  readonly code: string;

  constructor(call: string, code: string) {
    super(`${call} failed with ${code}`);
    this.code = code;
  }
}

export interface Status {
  readonly type: 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block';
  /** Permissions and the set-id and sticky bits. */
  readonly mode: number;
  readonly ino: number;
  readonly dev: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  /** Of 512 bytes. */
  readonly blocks: number;
  readonly blksize: number;
  /** Nanoseconds since 1970. */
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
}

export interface Entry {
  readonly name: string;
  readonly ino: number;
  readonly type: Status['type'] | 'unknown';
}

export type Time = bigint | 'now' | 'omit';

/**
 * The calls, as their manual pages have them. Flags are words joined by `|`; data is text of one character a byte; a
 * descriptor, mapping, stream or socket is the actor's own number.
 */
export interface Calls {
  open(path: string, flags: string, mode?: number): number;
  close(fd: number): void;
  dup(fd: number): number;
  read(fd: number, length: number): string;
  write(fd: number, data: string): number;
  pread(fd: number, length: number, offset: number): string;
  pwrite(fd: number, data: string, offset: number): number;
  put(path: string, data: string, mode?: number): void;
  get(path: string): string;
  fill(fd: number, byte: string, offset: number, length: number): void;
  summary(fd: number, offset: number, length: number): [byte: string, times: number][];
  lseek(fd: number, offset: number, whence: string): number;
  fsync(fd: number): void;
  truncate(path: string, size: number): void;
  ftruncate(fd: number, size: number): void;
  fallocate(fd: number, mode: string, offset: number, length: number): void;
  copy_file_range(
    source: number,
    target: number,
    length: number,
    from?: number | null,
    to?: number | null,
  ): number;
  limitFileSize(size: number | null): void;

  stat(path: string): Status;
  lstat(path: string): Status;
  fstat(fd: number): Status;
  exists(path: string): boolean;
  statvfs(path: string): Record<string, number>;
  access(path: string, mode: string, effective?: boolean): boolean;
  chmod(path: string, mode: number): void;
  fchmod(fd: number, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  lchown(path: string, uid: number, gid: number): void;
  utimensat(path: string, atime: Time, mtime: Time, flags?: string): void;
  umask(mask: number): number;

  mkdir(path: string, mode?: number): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  link(from: string, to: string): void;
  linkat(fd: number | null, from: string, to: string, flags: string): void;
  symlink(target: string, path: string): void;
  readlink(path: string): string;
  rename(from: string, to: string): void;
  renameat2(from: string, to: string, flags: string): void;
  mkfifo(path: string, mode?: number): void;
  mknod(
    path: string,
    kind: 'S_IFCHR' | 'S_IFBLK' | 'S_IFREG' | 'S_IFSOCK',
    mode: number,
    device: number,
  ): void;
  chdir(path: string): void;
  getcwd(): string;

  listdir(path: string): string[];
  opendir(path: string): number;
  readdir(stream: number, count?: number): Entry[];
  telldir(stream: number): number;
  seekdir(stream: number, position: number): void;
  rewinddir(stream: number): void;
  closedir(stream: number): void;

  setxattr(path: string, name: string, value: string, flags?: string): void;
  getxattr(path: string, name: string): string;
  listxattr(path: string): string[];
  removexattr(path: string, name: string): void;
  fsetxattr(fd: number, name: string, value: string): void;
  fgetxattr(fd: number, name: string): string;
  getxattrInto(path: string, name: string, size: number): number;
  listxattrInto(path: string, size: number): number;

  map(fd: number, length: number, flags: string, offset?: number): number;
  mapRead(mapping: number, offset: number, length: number): string;
  mapWrite(mapping: number, offset: number, data: string): void;
  mapPoke(mapping: number, offset: number, data: string): void;
  mapSync(mapping: number): void;
  unmap(mapping: number): void;
  mapReadInChild(mapping: number, offset: number): string;
  directWrite(fd: number, byte: string, offset: number, length: number): number;
  directRead(fd: number, offset: number, length: number): string;

  flock(fd: number, operation: string): void;
  lock(
    fd: number,
    command: string,
    kind: string,
    start?: number,
    length?: number,
  ): [kind: string, start: number, length: number, pid: number];

  listen(path: string): number;
  accept(socket: number): void;
  connect(path: string, data: string): string;

  makeFiles(directory: string, prefix: string, start: number, count: number): void;
  removeFiles(directory: string, names: readonly string[]): void;
  appendRecords(path: string, label: string, count: number, size: number, flags?: string): void;
  addUnderLock(path: string, count: number, how: 'flock' | 'fcntl'): void;
  descend(name: string, levels: number): void;
  goDown(name: string, levels: number): void;
  goUp(levels: number): void;
  ascend(name: string, levels: number): void;

  run(...command: string[]): { readonly code: number; readonly out: string; readonly err: string };
  reset(directory: string): void;
  become(uid: number, gid: number, groups: readonly number[]): void;
  whoami(): { readonly pid: number; readonly uid: number; readonly gid: number };
}

/** Every call as a method that resolves with its result, or rejects with a CallError. */
export type Actor = {
  [Name in keyof Calls]: (...args: Parameters<Calls[Name]>) => Promise<ReturnType<Calls[Name]>>;
};

interface Waiting {
  readonly call: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

/** The process behind an actor. */
export class ActorProcess {
  /** The calls. */
  readonly actor: Actor;
  readonly #child: ChildProcess;
  readonly #waiting: Waiting[] = [];
  readonly #limitMs: number;
  #ended: string | undefined = undefined;
  #stderr = '';

  /** @param limitMs how long a call may take. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    const child = spawn('python3', ['-I', '-u', PROGRAM], { cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    child.on('error', (error) => this.#end(`python3 does not start: ${error.message}`));
    child.on('exit', (code, signal) =>
      this.#end(`the helper ended (${signal ?? `exit code ${code}`}) ${this.#stderr}`),
    );
    child.stdin?.on('error', () => undefined);
    child.stderr?.on('data', (text) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-4000);
    });
    createInterface({ input: child.stdout! }).on('line', (line) => this.#answered(line));
    this.actor = new Proxy({} as Actor, {
      get: (_, name) =>
        name === 'then' ? undefined : (...args: unknown[]) => this.#call(String(name), args),
    });
  }

  /** Runs, and no call is under way. */
  get idle(): boolean {
    return this.#ended === undefined && this.#waiting.length === 0;
  }

  /** Ends the process, if need be by SIGKILL. */
  close(): void {
    this.#child.stdin?.end();
    this.#child.kill('SIGKILL');
  }

  #call(name: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended));
    const call = `${name}(${args.map(shown).join(', ')})`;
    const answered = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#end(`${call} hung`);
        this.#child.kill('SIGKILL');
      }, this.#limitMs);
      this.#waiting.push({ call, resolve, reject, timer });
      const request = JSON.stringify({ op: name, args }, (_, value: unknown) =>
        typeof value === 'bigint' ? { $int: String(value) } : value,
      );
      this.#child.stdin?.write(`${request}\n`);
    });
    // A case that has failed meanwhile waits for it no more.
    answered.catch(() => undefined);
    return answered;
  }

  #answered(line: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    const answer = JSON.parse(line, (_, value: unknown) =>
      typeof value === 'object' && value !== null && '$int' in value ? BigInt(String(value.$int)) : value,
    ) as { value?: unknown; errno?: string; failure?: string };
    if (answer.errno !== undefined) waiting.reject(new CallError(waiting.call, answer.errno));
    else if (answer.failure !== undefined)
      waiting.reject(new Error(`${waiting.call} broke:\n${answer.failure}`));
    else waiting.resolve(answer.value);
  }

  #end(why: string): void {
    this.#ended ??= why;
    for (const { timer, reject } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(new Error(this.#ended));
    }
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'undefined');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/**
 * The one error class of AgentFS, and its closed set of codes.
 *
 * Invariants: every error that leaves a layer's door is an AgentFsError (or a subclass), carries a code of
 * `ErrorCode`, says which operation failed and, where a person can do something, a `hint` that names the remedy.
 * No message or hint ever holds a token. POSIX codes are mapped to errno numbers in one place, `fuse/errno.ts`.
 */

/** Failures that a program on the mount meets; each is the name of the errno it becomes. */
export type PosixCode =
  | 'EACCES'
  | 'EAGAIN'
  | 'EBADF'
  | 'EBUSY'
  | 'EEXIST'
  | 'EFBIG'
  | 'EILSEQ'
  | 'EINVAL'
  | 'EIO'
  | 'EISDIR'
  | 'ELOOP'
  | 'EMFILE'
  | 'EMLINK'
  | 'ENAMETOOLONG'
  | 'ENFILE'
  | 'ENODATA'
  | 'ENODEV'
  | 'ENOENT'
  | 'ENOMEM'
  | 'ENOSPC'
  | 'ENOSYS'
  | 'ENOTDIR'
  | 'ENOTEMPTY'
  | 'ENXIO'
  | 'EOPNOTSUPP'
  | 'EOVERFLOW'
  | 'EPERM'
  | 'ERANGE'
  | 'EROFS'
  | 'ESTALE'
  | 'ETXTBSY'
  | 'EXDEV'
  | 'E2BIG';

/** Failures that a person or an SDK's caller meets. */
export type DomainCode =
  | 'USAGE'
  | 'WORKSPACE_INVALID_NAME'
  | 'WORKSPACE_NOT_FOUND'
  | 'WORKSPACE_EXISTS'
  | 'WORKSPACE_BUSY'
  | 'DATABASE_NOT_SQLITE'
  | 'DATABASE_NOT_AGENTFS'
  | 'DATABASE_NEWER'
  | 'DATABASE_DAMAGED'
  | 'DATABASE_READONLY'
  | 'MOUNTPOINT_INVALID'
  | 'MOUNTPOINT_BUSY'
  | 'MOUNT_FAILED'
  | 'NOT_MOUNTED'
  | 'ALREADY_MOUNTED'
  | 'FUSE_UNAVAILABLE'
  | 'OWNER_UNREACHABLE'
  | 'OWNER_GONE'
  | 'PROTOCOL_MISMATCH'
  | 'UNKNOWN_METHOD'
  | 'INVALID_ARGUMENT'
  | 'CLOSED'
  | 'SYNC_NOT_ENABLED'
  | 'SYNC_CONFLICT'
  | 'SYNC_CONFLICT_CHANGED'
  | 'SYNC_CONFLICT_GONE'
  | 'SYNC_CONFLICT_WAITS'
  | 'SYNC_UNMERGEABLE'
  | 'SYNC_BRAKE'
  | 'SYNC_BUSY'
  | 'REMOTE_UNREACHABLE'
  | 'REMOTE_NOT_LIBSQL'
  | 'REMOTE_AUTH'
  | 'REMOTE_REJECTED'
  | 'REMOTE_CORRUPT'
  | 'REMOTE_NEWER'
  | 'CANCELLED'
  | 'UNSUPPORTED'
  | 'INTERNAL';

export type ErrorCode = PosixCode | DomainCode;

export interface ErrorDetails {
  /** What was being done, as a verb and a noun: `open workspace`, `unlink`. */
  readonly operation?: string;
  /** The path inside the workspace, or of the file on disk, that the error is about. */
  readonly path?: string;
  /** One sentence that tells the person what to do. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** JSON-compatible facts for programs (the conflicts of SYNC_CONFLICT); crosses the owner's socket. */
  readonly data?: unknown;
}

/** The shape in which an error crosses the owner's socket and `--json`. */
export interface ErrorJson {
  readonly code: ErrorCode;
  readonly message: string;
  readonly operation?: string;
  readonly path?: string;
  readonly hint?: string;
  readonly data?: unknown;
}

export class AgentFsError extends Error {
  readonly code: ErrorCode;
  readonly operation: string | undefined;
  readonly path: string | undefined;
  readonly hint: string | undefined;
  readonly data: unknown;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'AgentFsError';
    this.code = code;
    this.operation = details.operation;
    this.path = details.path;
    this.hint = details.hint;
    this.data = details.data;
  }

  toJSON(): ErrorJson {
    return {
      code: this.code,
      message: this.message,
      ...(this.operation === undefined ? {} : { operation: this.operation }),
      ...(this.path === undefined ? {} : { path: this.path }),
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.data === undefined ? {} : { data: this.data }),
    };
  }
}

/**
 * A POSIX failure inside the filesystem. Made without a stack trace: a failed lookup is an everyday answer on the
 * hot path, and the trace costs more than the operation.
 */
export function posixError(code: PosixCode, operation: string, path?: string): AgentFsError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new AgentFsError(
    code,
    path === undefined ? `${code}: ${operation}` : `${code}: ${operation} '${path}'`,
    {
      operation,
      ...(path === undefined ? {} : { path }),
    },
  );
  Error.stackTraceLimit = limit;
  return error;
}

/** What the system may refuse by no mistake of ours: which code that is for the caller, and what can be done. */
const REFUSALS: readonly (readonly [pattern: RegExp, code: ErrorCode, hint: string])[] = [
  [
    /^EMFILE$/,
    'EMFILE',
    'The process has as many files open as it may: try again when it has fewer, or stop it (agentfs stop WORKSPACE) and begin anew with a higher limit (ulimit -n).',
  ],
  [/^ENFILE$/, 'ENFILE', 'The machine has as many files open as it may: end some programs, and try again.'],
  [/^(ENOMEM|SQLITE_NOMEM)/, 'ENOMEM', 'The machine has no memory left: end some programs, and try again.'],
  [/^(ENOSPC|EDQUOT|SQLITE_FULL)/, 'ENOSPC', 'Free some disk space, and try again.'],
  [/^EROFS$/, 'EROFS', 'The file system is read-only: choose another place, or mount it for writing.'],
  [/^(EACCES|EPERM)$/, 'EACCES', 'This user may not do that: look at the owner and the mode of the file.'],
  [
    /^(EIO|SQLITE_IOERR)/,
    'EIO',
    'The disk failed: look at what the kernel says of it (dmesg), and try again.',
  ],
  [
    /^SQLITE_CANTOPEN/,
    'EIO',
    'A file of the database cannot be opened: its directory must be there, and the process must have descriptors left.',
  ],
  [/^SQLITE_READONLY/, 'DATABASE_READONLY', 'The database and its directory must be writable for this user.'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'DATABASE_DAMAGED', 'Look at it with agentfs doctor WORKSPACE --check.'],
  [/^SQLITE_(BUSY|LOCKED)/, 'WORKSPACE_BUSY', 'Close the other program that has this database open.'],
];

/** A refusal of the system, as Node or SQLite tells of it, with its remedy; undefined for every other error. */
export function systemFailure(error: unknown): AgentFsError | undefined {
  if (!(error instanceof Error) || error instanceof AgentFsError || !('code' in error)) return undefined;
  // A thread that cannot be started has the reason as the last word of its message.
  const told = error.code === 'ERR_WORKER_INIT_FAILED' ? error.message.split(' ').at(-1) : error.code;
  const refusal = REFUSALS.find(([pattern]) => pattern.test(String(told)));
  if (refusal === undefined) return undefined;
  const [, code, hint] = refusal;
  const { path } = error as NodeJS.ErrnoException;
  return new AgentFsError(code, error.message, {
    operation: 'system call',
    hint,
    cause: error,
    ...(path === undefined ? {} : { path }),
  });
}

/** Any error as one that may leave a layer's door. What the system did not refuse is a mistake of ours. */
export function toAgentFsError(error: unknown): AgentFsError {
  if (error instanceof AgentFsError) return error;
  const refusal = systemFailure(error);
  if (refusal !== undefined) return refusal;
  const message = error instanceof Error ? error.message : String(error);
  return new AgentFsError('INTERNAL', `unexpected failure: ${message}`, {
    hint: 'This is a mistake in AgentFS: report it, with the end of owner.log.',
    cause: error,
  });
}

/** A program mistake of ours: never caught to go on, always reported. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(`broken invariant: ${message}`);
    this.name = 'InvariantError';
  }
}

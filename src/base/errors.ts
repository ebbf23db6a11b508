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
  | 'EMLINK'
  | 'ENAMETOOLONG'
  | 'ENODATA'
  | 'ENODEV'
  | 'ENOENT'
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

/** A program mistake of ours: never caught to go on, always reported. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(`broken invariant: ${message}`);
    this.name = 'InvariantError';
  }
}

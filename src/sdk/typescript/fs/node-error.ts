/**
 * Errors as programs written for node:fs expect them: `code`, negative `errno`, `syscall`, `path`, `dest`, Node's sentence.
 *
 * What is no failure of a system call (an owner that went away, a closed workspace) stays the AgentFsError that it is.
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { AgentFsError } from '../../../base/index.js';
import type { MethodName, WorkspaceService } from '../service.js';

export class FsError extends Error {
  readonly code: string;
  /** As libuv numbers it: negative. */
  readonly errno: number;
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;

  constructor(
    code: string,
    syscall: string,
    details: { readonly path?: string; readonly dest?: string; readonly cause?: unknown } = {},
  ) {
    const errno = -((constants.errno as Readonly<Record<string, number>>)[code] ?? 0);
    const known = getSystemErrorMap().get(errno);
    // libuv has one name for the two that are one number on Linux.
    const name = code === 'EOPNOTSUPP' && known !== undefined ? known[0] : code;
    const { path, dest, cause } = details;
    const where = path === undefined ? '' : ` '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`;
    super(
      `${name}: ${known?.[1] ?? 'refused'}, ${syscall}${where}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = name;
    this.errno = errno;
    this.syscall = syscall;
    if (path !== undefined) this.path = path;
    if (dest !== undefined) this.dest = dest;
  }
}

/** What Node does first where it is asked for the same; its errors name that. */
const SYSCALLS: Readonly<Partial<Record<MethodName, string>>> = {
  'fs.readFile': 'open',
  'fs.writeFile': 'open',
  'fs.readdir': 'scandir',
  'fs.utimes': 'utime',
  'fs.copyFile': 'copyfile',
  'owner.flush': 'fsync',
};
/** Of these Node has another for the link itself, and one for an open file. */
const OF_LINKS: Readonly<Record<string, string>> = { stat: 'lstat', chown: 'lchown', utime: 'lutime' };
const OF_HANDLES: Readonly<Record<string, string>> = {
  stat: 'fstat',
  chmod: 'fchmod',
  chown: 'fchown',
  utime: 'futime',
  truncate: 'ftruncate',
};

type AnyParams = Readonly<Partial<Record<'path' | 'from' | 'to' | 'existing' | 'target', string>>> & {
  readonly handle?: number;
  readonly follow?: boolean;
};

/** What a call ended with, as node:fs would have it. */
export function nodeError(error: unknown, method: MethodName, params: object): unknown {
  if (!(error instanceof AgentFsError)) return error;
  if (error.code === 'CANCELLED') return aborted(error);
  if (!(error.code in constants.errno)) return error;
  const given = params as AnyParams;
  const plain = SYSCALLS[method] ?? method.slice(method.indexOf('.') + 1);
  const details = { ...placesOf(given), cause: error };
  if (method === 'fs.readFile' && error.code === 'EISDIR')
    return new FsError(error.code, 'read', { cause: error });
  if (method === 'fs.truncate' && given.handle === undefined) return new FsError(error.code, 'open', details);
  const syscall =
    given.handle !== undefined
      ? (OF_HANDLES[plain] ?? plain)
      : given.follow === false
        ? (OF_LINKS[plain] ?? plain)
        : plain;
  return new FsError(error.code, syscall, details);
}

/** The same owner, with Node's errors. */
export function withNodeErrors(service: WorkspaceService): WorkspaceService {
  return {
    on: (event, listener) => service.on(event, listener),
    call: async (method, params, options) => {
      try {
        return await service.call(method, params, options);
      } catch (error) {
        throw nodeError(error, method, params);
      }
    },
  };
}

function placesOf(given: AnyParams): { path?: string; dest?: string } {
  const first = given.from ?? given.existing ?? given.target;
  const second = given.to ?? given.path;
  if (first !== undefined) return second === undefined ? { path: first } : { path: first, dest: second };
  return second === undefined ? {} : { path: second };
}

/** What Node's own calls end with when their signal says so. */
export function aborted(cause: unknown): Error {
  return Object.assign(new Error('The operation was aborted', { cause }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
}

export function wrongType(name: string, expected: string, value: unknown): TypeError {
  const got = value === null ? 'null' : typeof value;
  return coded('ERR_INVALID_ARG_TYPE', `The "${name}" argument must be ${expected}. Received ${got}`);
}

export function wrongValue(name: string, problem: string): TypeError {
  return coded('ERR_INVALID_ARG_VALUE', `The argument '${name}' ${problem}`);
}

function coded(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}

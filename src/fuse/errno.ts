/**
 * The one place where an error becomes an errno (Linux numbers, uapi/asm-generic/errno.h).
 *
 * Invariants: the number is in 1..511, the only range that the kernel takes in a reply (a caller whose reply is
 * refused waits for ever). Whatever is not a POSIX failure is EIO for the caller and is given to `report`.
 */
import { AgentFsError, type PosixCode } from '../base/index.js';

const ERRNO: Readonly<Record<PosixCode, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EMLINK: 31,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  EOVERFLOW: 75,
  EILSEQ: 84,
  EOPNOTSUPP: 95,
  ESTALE: 116,
};

export const ENOENT = ERRNO.ENOENT;
export const EIO = ERRNO.EIO;
export const EEXIST = ERRNO.EEXIST;
export const EINVAL = ERRNO.EINVAL;
export const EFBIG = ERRNO.EFBIG;
export const ENXIO = ERRNO.ENXIO;
export const ERANGE = ERRNO.ERANGE;
export const ENAMETOOLONG = ERRNO.ENAMETOOLONG;
export const ENOSYS = ERRNO.ENOSYS;
export const ENODATA = ERRNO.ENODATA;
export const EILSEQ = ERRNO.EILSEQ;
export const EOPNOTSUPP = ERRNO.EOPNOTSUPP;
export const ESTALE = ERRNO.ESTALE;

/** The errno of a POSIX failure, or undefined for every other error. */
export function posixErrno(error: unknown): number | undefined {
  if (!(error instanceof AgentFsError)) return undefined;
  return (ERRNO as Readonly<Record<string, number>>)[error.code];
}

/**
 * What to answer for `error`, as a positive errno.
 *
 * @param report hears of what is not a POSIX failure, and of every EIO, because nobody else will say why.
 */
export function errnoOf(error: unknown, report: (error: unknown) => void): number {
  const errno = posixErrno(error);
  if (errno !== undefined && errno !== EIO) return errno;
  report(error);
  return EIO;
}

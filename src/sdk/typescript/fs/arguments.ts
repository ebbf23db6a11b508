/**
 * What programs hand to node:fs, as the workspace takes it: paths, encodings, flags, modes, times, data. Pure.
 */
import { constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Timespec } from '../../../base/index.js';
import type { OpenFlags } from '../service.js';
import { timespecOf } from '../stats.js';
import { wrongType, wrongValue } from './node-error.js';

export type FsPath = string | Uint8Array | URL;
export type FsTime = number | string | Date;
export type FsData = string | ArrayBufferView;
export type FsManyData = FsData | Iterable<FsData> | AsyncIterable<FsData>;
/** An encoding by itself, or among other options. */
export type EncodingOption<Encoding> = Encoding | { readonly encoding?: Encoding };

/** Permission bits that new files and directories do not get unless chmod asks: the usual umask. */
const UMASK = 0o022;

/** A path of the workspace; a relative one is below its root. */
export function pathOf(path: FsPath, name = 'path'): string {
  const text = textOf(path, name);
  if (text.includes('\0')) throw wrongValue(name, 'must be a string without null bytes');
  return text;
}

function textOf(path: FsPath, name: string): string {
  if (typeof path === 'string') return path;
  if (path instanceof URL) return fileURLToPath(path);
  if (path instanceof Uint8Array) return Buffer.from(path).toString('utf8');
  throw wrongType(name, 'of type string or an instance of Buffer or URL', path);
}

/** undefined: bytes are wanted. */
export function encodingOf(
  option: EncodingOption<BufferEncoding | 'buffer' | null> | null | undefined,
): BufferEncoding | undefined {
  const encoding = typeof option === 'object' ? option?.encoding : option;
  if (encoding === undefined || encoding === null || encoding === 'buffer') return undefined;
  if (!Buffer.isEncoding(encoding)) throw wrongValue('encoding', 'is invalid encoding');
  return encoding;
}

/** Names are text unless bytes are asked for. */
export function nameIn<T>(name: string, option: T): string | Buffer {
  const encoding =
    typeof option === 'object' && option !== null && 'encoding' in option ? option.encoding : option;
  if (encoding === 'buffer') return Buffer.from(name);
  return typeof encoding === 'string' && encoding !== 'utf8' && Buffer.isEncoding(encoding)
    ? Buffer.from(name).toString(encoding)
    : name;
}

export function newMode(mode: number | string | undefined, usual: number): number {
  return modeOf(mode ?? usual) & ~UMASK;
}

export function modeOf(mode: number | string): number {
  const bits = typeof mode === 'string' ? Number.parseInt(mode, 8) : mode;
  if (!Number.isInteger(bits) || bits < 0)
    throw wrongValue('mode', `must be a 32-bit unsigned integer or an octal string`);
  return bits & 0o7777;
}

export function timeOf(time: FsTime): Timespec {
  const value = typeof time === 'string' ? Number(time) : time;
  const valid = typeof value === 'number' ? Number.isFinite(value) : value instanceof Date;
  if (!valid) throw wrongType('time', 'of type number or string or an instance of Date', time);
  return timespecOf(value);
}

export function bytesOf(data: FsData, encoding?: BufferEncoding | null): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding ?? 'utf8');
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw wrongType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}

export function isPieces(data: FsManyData): data is Iterable<FsData> | AsyncIterable<FsData> {
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return false;
  return Symbol.iterator in data || Symbol.asyncIterator in data;
}

/** `create`: as `r+`, and where nothing is there the file is made, which fopen(3) has no name for. */
export type Access = OpenFlags | 'create';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = constants;
const KNOWN = O_WRONLY | O_RDWR | O_CREAT | O_EXCL | O_TRUNC | O_APPEND;
/** Without a meaning here: nothing blocks, large files need no permission, every handle is the connection's alone. */
const IGNORED = constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOATIME;
const NUMBERED: ReadonlyMap<number, Access> = new Map<number, Access>([
  [O_RDONLY, 'r'],
  [O_RDWR, 'r+'],
  [O_WRONLY, 'r+'],
  [O_WRONLY | O_CREAT | O_TRUNC, 'w'],
  [O_RDWR | O_CREAT | O_TRUNC, 'w+'],
  [O_WRONLY | O_CREAT | O_APPEND, 'a'],
  [O_RDWR | O_CREAT | O_APPEND, 'a+'],
  [O_WRONLY | O_CREAT | O_APPEND | O_EXCL, 'ax'],
  [O_RDWR | O_CREAT | O_APPEND | O_EXCL, 'ax+'],
  [O_WRONLY | O_CREAT | O_EXCL, 'wx'],
  [O_RDWR | O_CREAT | O_EXCL, 'wx+'],
  [O_WRONLY | O_CREAT | O_EXCL | O_TRUNC, 'wx'],
  [O_RDWR | O_CREAT | O_EXCL | O_TRUNC, 'wx+'],
  [O_WRONLY | O_CREAT, 'create'],
  [O_RDWR | O_CREAT, 'create'],
]);
const NAMED = /^(r|r\+|w|w\+|wx|wx\+|a|a\+|ax|ax\+)$/;

/** Throws ERR_INVALID_ARG_VALUE for what the workspace cannot do (each write synced: call `sync` or `datasync`). */
export function accessOf(flags: string | number = 'r'): Access {
  if (typeof flags === 'number') {
    const access = NUMBERED.get(flags & ~IGNORED);
    if (access !== undefined && (flags & ~IGNORED & ~KNOWN) === 0) return access;
  } else {
    const name = flags.replace(/^xw/, 'wx').replace(/^xa/, 'ax');
    if (NAMED.test(name)) return name as OpenFlags;
  }
  throw wrongValue('flags', `is invalid or not supported. Received ${JSON.stringify(flags)}`);
}

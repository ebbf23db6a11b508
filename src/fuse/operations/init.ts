/**
 * INIT: the kernel and we agree on the protocol. Which flags we take, and why, is DESIGN's section on FUSE.
 *
 * We speak ABI 7.45 and ask for nothing that the kernel did not offer. What must be there is 7.31 (Linux 5.4): older
 * kernels lay requests out differently, and get EPROTO.
 */
import type { Filesystem } from '../../vfs/index.js';
import { type Exchange, REPLY_BODY, replyWord, requestWord } from '../exchange.js';
import { InitFlag, InitFlag2 } from '../protocol/flags.js';
import { INIT_IN, INIT_OUT } from '../protocol/layouts.js';

const MAJOR = 7;
const MINOR = 45;
const OLDEST_MINOR = 31;
/** Linux 6.18: all older ones that lack "fuse: invalidate page cache after DIO" speak an older minor. */
const DIRECT_CREATE_MINOR = 45;
const EPROTO = 71;

export const MAX_WRITE_BYTES = 1024 * 1024;
const MAX_PAGES = 256;
const MAX_BACKGROUND = 64;
const CONGESTION_THRESHOLD = 48;
const TIME_GRANULARITY_NS = 1;

/**
 * ATOMIC_O_TRUNC must stay off, or O_TRUNC is lost when OPEN is never sent. No locks: the kernel's own are right for
 * a filesystem of one machine. No WRITEBACK_CACHE: the kernel would then own size and mtime, against the sync.
 */
const WANTED =
  InitFlag.ASYNC_READ |
  InitFlag.BIG_WRITES |
  InitFlag.DO_READDIRPLUS |
  InitFlag.READDIRPLUS_AUTO |
  InitFlag.NO_OPEN_SUPPORT |
  InitFlag.PARALLEL_DIROPS |
  InitFlag.ABORT_ERROR |
  InitFlag.MAX_PAGES |
  InitFlag.CACHE_SYMLINKS |
  InitFlag.NO_OPENDIR_SUPPORT |
  InitFlag.EXPLICIT_INVAL_DATA |
  InitFlag.HANDLE_KILLPRIV_V2 |
  InitFlag.SETXATTR_EXT |
  InitFlag.INIT_EXT;
const WANTED_2 = InitFlag2.DIRECT_IO_ALLOW_MMAP;

const IN_MAJOR = requestWord(INIT_IN, 'major');
const IN_MINOR = requestWord(INIT_IN, 'minor');
const IN_READAHEAD = requestWord(INIT_IN, 'max_readahead');
const IN_FLAGS = requestWord(INIT_IN, 'flags');
const IN_FLAGS2 = requestWord(INIT_IN, 'flags2');
const BODY = REPLY_BODY / 4;
const OUT_MAJOR = replyWord(INIT_OUT, 'major');
const OUT_MINOR = replyWord(INIT_OUT, 'minor');
const OUT_READAHEAD = replyWord(INIT_OUT, 'max_readahead');
const OUT_FLAGS = replyWord(INIT_OUT, 'flags');
const OUT_BACKGROUND = replyWord(INIT_OUT, 'max_background');
const OUT_MAX_WRITE = replyWord(INIT_OUT, 'max_write');
const OUT_TIME_GRAN = replyWord(INIT_OUT, 'time_gran');
const OUT_MAX_PAGES = replyWord(INIT_OUT, 'max_pages');
const OUT_FLAGS2 = replyWord(INIT_OUT, 'flags2');

export function init(exchange: Exchange, _filesystem: Filesystem): number {
  const { in: words, out } = exchange;
  const major = words[IN_MAJOR]!;
  if (major < MAJOR || (major === MAJOR && words[IN_MINOR]! < OLDEST_MINOR)) return -EPROTO;
  out.fill(0, BODY, BODY + INIT_OUT.size / 4);
  out[OUT_MAJOR] = MAJOR;
  out[OUT_MINOR] = MINOR;
  // A newer major: the kernel reads our version only, and sends INIT again in the one that we speak.
  if (major > MAJOR) return INIT_OUT.size;

  const offered = words[IN_FLAGS]!;
  const offered2 = offered & InitFlag.INIT_EXT ? words[IN_FLAGS2]! : 0;
  const opens = InitFlag.NO_OPEN_SUPPORT | InitFlag.NO_OPENDIR_SUPPORT;
  exchange.zeroMessageOpen = (offered & opens) === opens;
  exchange.directCreate =
    words[IN_MINOR]! >= DIRECT_CREATE_MINOR && (offered2 & InitFlag2.DIRECT_IO_ALLOW_MMAP) !== 0;
  out[OUT_READAHEAD] = words[IN_READAHEAD]!;
  out[OUT_FLAGS] = offered & WANTED;
  // Two 16-bit fields in one word each.
  out[OUT_BACKGROUND] = MAX_BACKGROUND | (CONGESTION_THRESHOLD << 16);
  out[OUT_MAX_WRITE] = MAX_WRITE_BYTES;
  out[OUT_TIME_GRAN] = TIME_GRANULARITY_NS;
  out[OUT_MAX_PAGES] = MAX_PAGES;
  out[OUT_FLAGS2] = offered2 & WANTED_2;
  return INIT_OUT.size;
}

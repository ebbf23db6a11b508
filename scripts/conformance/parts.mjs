/**
 * What there is to run, in this order. A part is `{ name, title, needs, check(trial) }`: `needs` are programs, `root` says
 * that it takes root, `flags` are those of its mount, and `brief` that a small amount of it belongs to `npm test`.
 */
import { cargo } from './programs/cargo.mjs';
import { git } from './programs/git.mjs';
import { inotify } from './programs/inotify.mjs';
import { make } from './programs/make.mjs';
import { nano } from './programs/nano.mjs';
import { npm } from './programs/npm.mjs';
import { python } from './programs/python.mjs';
import { rsync } from './programs/rsync.mjs';
import { sqlite } from './programs/sqlite.mjs';
import { tar } from './programs/tar.mjs';
import { vim } from './programs/vim.mjs';
import { fsx } from './suites/fsx.mjs';
import { pjdfstest } from './suites/pjdfstest.mjs';
import { posix } from './suites/posix.mjs';

export const PARTS = [
  git,
  npm,
  make,
  python,
  cargo,
  sqlite,
  vim,
  nano,
  rsync,
  tar,
  inotify,
  posix,
  pjdfstest,
  fsx,
];

/**
 * All cases, in the order in which they run.
 */
import type { Case } from '../case.js';
import { NUMBERS, TIMES, XATTRS } from './attributes.js';
import { APPENDS, MAPPINGS } from './content.js';
import { DIRECTORIES, NAMES } from './directories.js';
import { LINKS, NAMELESS } from './links.js';
import { LOCKS } from './locks.js';
import { PERMISSIONS, SET_ID } from './permissions.js';
import { COPIES, FALLOCATE, HOLES, SIZES } from './ranges.js';
import { RENAME } from './rename.js';
import { SPECIAL } from './special.js';

export const CASES: readonly Case[] = [
  ...RENAME,
  ...LINKS,
  ...NAMELESS,
  ...SPECIAL,
  ...APPENDS,
  ...MAPPINGS,
  ...HOLES,
  ...FALLOCATE,
  ...COPIES,
  ...SIZES,
  ...NAMES,
  ...DIRECTORIES,
  ...TIMES,
  ...XATTRS,
  ...NUMBERS,
  ...PERMISSIONS,
  ...SET_ID,
  ...LOCKS,
];

/**
 * What a case of the suite is, and what it is given.
 *
 * A case runs on any directory, in a fresh one of its own that is the working directory of each of its actors. It asserts
 * what Linux does on a disk, and throws where the directory does otherwise. Titles are unique: tables of gaps name them.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { type Actor, CallError } from './actor.js';

/** `root`: the suite runs as root. `users`: it can also act as other users, and they can enter the directory. */
export type Need = 'root' | 'users';

export interface Person {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary. */
  readonly groups: readonly number[];
}

export const TEAM = 54_300;
export const ALICE: Person = { uid: 54_301, gid: 54_301, groups: [TEAM] };
export const BOB: Person = { uid: 54_302, gid: 54_302, groups: [] };
/** In many groups, more than the 16 of old protocols, the last of them the team. */
export const CAROL: Person = {
  uid: 54_303,
  gid: 54_303,
  groups: [...Array.from({ length: 40 }, (_, i) => 54_400 + i), TEAM],
};

export interface Ground {
  /** The first process, of whoever runs the suite. */
  readonly fs: Actor;
  /** Further processes of the same user, from 1 on. */
  process(number: number): Promise<Actor>;
  /** A process of another user; needs `users`. */
  as(person: Person): Promise<Actor>;
  /** The fresh directory, absolute. */
  readonly directory: string;
  /** Sizes as the name says (100 000 entries, 2 000 levels), not smaller ones. */
  readonly full: boolean;
}

export interface Case {
  readonly title: string;
  readonly needs?: readonly Need[];
  run(ground: Ground): Promise<void>;
}

/** The call fails with this errno, or one of these. */
export async function fails(call: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (codes.includes(error.code)) return;
    throw new Error(`${error.message}, not ${codes.join(' or ')}`);
  }
  throw new Error(`succeeded, where ${codes.join(' or ')} was to be answered`);
}

/** Waits until `condition` holds; throws when it does not within ten seconds. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what} did not happen within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export { deepEqual, equal, match, ok };

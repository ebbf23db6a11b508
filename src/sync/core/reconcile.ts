/**
 * Decides what a sync does: three trees in, a plan out. Pure: no clock, no disk, no network, no order of arrival.
 *
 * The base is what both sides had when they last agreed. A side has changed what differs from the base by value, and a
 * conflict is what both changed to different values; times only choose the winner of a conflict that is one already.
 * Local and remote must each be a tree. The base need not be: after a manual conflict it may hold a file whose
 * directory both sides have dropped.
 *
 * The steps, each a file: which nodes are one under two ids (identity), what must be looked at (scope), each node by
 * itself (nodes), its names (entries), all of them together (structure), what would be lost (losses), and the plan.
 * Under every policy but manual, `push` carried out on the remote and `apply` on the local side, after renaming by
 * `adopt`, give the same tree. Under manual the sides differ in what is held, and in nothing else.
 *
 * Promises: a node changed on one side only is taken over as it is; nothing that one side deleted and the other did
 * not touch comes back (but see nodes.ts for directories); no version is lost that is not in a conflict; reconciling
 * again after the plan was carried out gives an empty plan; the work grows with what is touched.
 */
import { ConflictBook } from './conflict.js';
import { decideEntries } from './entries.js';
import { findIdentity, renameTouched, type Trees } from './identity.js';
import { reportLosses } from './losses.js';
import { decideNodes } from './nodes.js';
import { renameBase, writePlan } from './plan.js';
import { Arbiter, type NodeTimes, type TieBreak } from './policy.js';
import { RenamedTree } from './renamed-tree.js';
import { type Resolution, takeAsResolved } from './resolution.js';
import { gather } from './scope.js';
import { Structure } from './structure.js';
import type { ConflictPolicy, Plan, TouchedSet } from './tree.js';

export interface ReconcileInput extends Trees {
  /** Everything in which a side may differ from the base; what is not here is taken as equal on all three. */
  readonly touched: { readonly local: TouchedSet; readonly remote: TouchedSet };
  readonly policy: ConflictPolicy;
  readonly tieBreak: TieBreak;
  /** When nodes were deleted, as far as it is known; only last-write-wins asks. */
  readonly deletedAt?: NodeTimes;
  /** When nodes were moved to where they are, as far as it is known; the same. */
  readonly movedAt?: NodeTimes;
  /** Conflicts of these very trees that a person decided. */
  readonly resolutions?: readonly Resolution[];
}

/**
 * Throws AgentFsError REMOTE_CORRUPT when a node is of two kinds, and INTERNAL when a side is no tree: then nothing may
 * be carried out.
 */
export function reconcile(input: ReconcileInput): Plan {
  const { touched } = input;
  const identity = findIdentity(input, [...touched.local.entries, ...touched.remote.entries]);
  const actual = renamed(input, identity);
  const { resolutions = [] } = input;
  const taken = resolutions.length === 0 ? undefined : takeAsResolved(actual, resolutions);
  const trees = taken?.trees ?? actual;
  const sets = [touched.local, touched.remote].map((set) => renameTouched(set, identity.adopt));
  if (taken) sets.push(taken.touched);
  const adopted = new Set(identity.adopt.values());
  const subjects = gather(trees, sets, adopted);
  const arbiter = new Arbiter(input.policy, input.tieBreak, input);
  const deciding = { trees, subjects, adopted, arbiter, book: new ConflictBook(), whole: new Map() };

  decideNodes(deciding);
  decideEntries(deciding);
  new Structure(deciding).repair();
  for (const { conflict, winner } of resolutions) deciding.book.addResolved(conflict, winner);
  reportLosses(deciding, actual.base);

  const { push, apply, agreed } = writePlan(actual, subjects, taken?.touched);
  return {
    push,
    apply,
    adopt: identity.adopt,
    agreed: [...renameBase(input.base, identity), ...agreed],
    conflicts: deciding.book.finish(trees, subjects),
    held: new Set([...subjects.values()].flatMap(({ id, held }) => (held ? [id] : []))),
  };
}

function renamed(input: Trees, { adopt, adoptInBase }: ReturnType<typeof findIdentity>): Trees {
  return {
    base: adoptInBase.size > 0 ? new RenamedTree(input.base, adoptInBase) : input.base,
    local: adopt.size > 0 ? new RenamedTree(input.local, adopt) : input.local,
    remote: input.remote,
  };
}

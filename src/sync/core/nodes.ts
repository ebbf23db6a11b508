/**
 * Decides for each node by itself whether it lives and in which state. Pure.
 *
 * A node that one side made lives. A node that one side deleted dies, unless the other side edited it, moved it or gave
 * it another name: that is a conflict, delete/modify or modify/delete. A node that both have gets the merged state,
 * and where a group of fields clashes, modify/modify. Without an ancestor the same thing on both sides has the remote's
 * times and owner, and an adopted directory, or the root, all that the remote's has.
 *
 * A directory that was itself edited or moved on one side and deleted on the other is one thing with what is in it: if
 * the edit wins, everything that the deletion took out of it and that nobody else touched comes back with it, else
 * `mv docs manual` here and `rm -r docs` there would leave an empty manual; but not under names that the deletion took away
 * elsewhere. What lives on elsewhere keeps its name in it (entries.ts). Under manual all of it waits. (A directory that only comes back because something was made in it comes back
 * without the rest: structure.ts.)
 */
import { AgentFsError } from '../../base/index.js';
import type { ConflictBook } from './conflict.js';
import type { Trees } from './identity.js';
import type { Arbiter } from './policy.js';
import { hasSlot, slotsWithout } from './slot.js';
import { isEdit, otherSide, type Side, StateMerge, sameState, sameThing } from './state.js';
import type { Subject } from './subject.js';
import { type NodeId, ROOT_NODE } from './tree.js';
import { namesToComeBackWith } from './way-back.js';

export interface Deciding {
  readonly trees: Trees;
  readonly subjects: ReadonlyMap<NodeId, Subject>;
  readonly adopted: ReadonlySet<NodeId>;
  readonly arbiter: Arbiter;
  readonly book: ConflictBook;
  /** Directories that come back whole, and the side that has them: the other one took no name out of them. */
  readonly whole: Map<NodeId, Side>;
}

export function decideNodes(deciding: Deciding): void {
  const kept: { directory: Subject; side: Side }[] = [];
  for (const subject of deciding.subjects.values()) {
    requireOneKind(subject);
    const { local, remote } = subject;
    if (local.state && remote.state) decideState(subject, deciding);
    else if (local.state || remote.state) {
      const side = local.state ? 'local' : 'remote';
      if (decideLife(subject, side, deciding) && subject.isDirectory) kept.push({ directory: subject, side });
    }
  }
  for (const { directory, side } of kept) keepWhole(directory, side, deciding);
}

/** An inode never changes its kind; a side that says so is broken, and nothing may be decided on it. */
function requireOneKind({ id, base, local, remote }: Subject): void {
  const [a, b, c] = [base.state?.kind, local.state?.kind, remote.state?.kind];
  if ((a && b && a !== b) || (b && c && b !== c) || (a && c && a !== c)) {
    const kinds = [...new Set([a, b, c])].filter((kind) => kind !== undefined);
    throw new AgentFsError('REMOTE_CORRUPT', `node ${id} is ${kinds.join(' and ')}`, {
      operation: 'reconcile',
    });
  }
}

function decideState(subject: Subject, { adopted, arbiter, book }: Deciding): void {
  const { id, base } = subject;
  const [local, remote] = [subject.local.state!, subject.remote.state!];
  const isDirectory = local.kind === 'directory';
  const joined =
    !base.state && (isDirectory ? adopted.has(id) || id === ROOT_NODE : sameThing(local, remote));
  if (joined || sameState(local, remote)) {
    subject.merged = remote;
    return;
  }
  const merge = new StateMerge(base.state, local, remote);
  let winner: Side | undefined;
  if (merge.clashes) {
    winner = arbiter.choose({ node: id, version: local }, { node: id, version: remote });
    subject.held ||= winner === undefined;
    book.add(`state:${id}`, { type: 'modify/modify', local: subject, remote: subject, winner });
  }
  subject.merged = merge.result(winner ?? 'remote');
}

/** Decides on a node that only `side` has. Returns true when that side's own edit keeps it, or might (manual). */
function decideLife(subject: Subject, side: Side, { arbiter, book }: Deciding): boolean {
  const { id, base } = subject;
  const here = subject[side];
  if (id === ROOT_NODE || !base.state) {
    subject.take(side);
    return false;
  }
  const isMoved = slotsWithout(here.entries, base.entries).length > 0;
  if (!isMoved && !isEdit(base.state, here.state!)) {
    subject.die();
    return false;
  }
  const stake = { node: id, version: here.state, movedAtMs: isMoved ? arbiter.movedAt(side, id) : undefined };
  const deletion = { node: id, version: undefined };
  const winner = side === 'local' ? arbiter.choose(stake, deletion) : arbiter.choose(deletion, stake);
  const type = side === 'local' ? 'modify/delete' : 'delete/modify';
  book.add(`life:${id}`, { type, local: subject, remote: subject, winner });
  subject.held ||= winner === undefined;
  subject.take(winner ?? side);
  return winner !== otherSide(side);
}

/** What stood in this directory when it was deleted, and was not touched on `side`, shares its fate. */
function keepWhole(top: Subject, side: Side, { trees, subjects, whole }: Deciding): void {
  const queue = [top];
  for (let directory = queue.pop(); directory; directory = queue.pop()) {
    if (!top.held) whole.set(directory.id, side);
    for (const entry of trees[side].children(directory.id)) {
      const child = subjects.get(entry.node);
      if (!child || child.held || child.decision.state) continue;
      if (child[otherSide(side)].state) {
        child.held = top.held && !child.isDirectory && hasSlot(child.base.entries, entry);
        continue;
      }
      if (!child.base.state || isEdit(child.base.state, child[side].state!)) continue;
      child.held = top.held;
      child.live(namesToComeBackWith(trees, child.id, side));
      if (child.isDirectory) queue.push(child);
    }
  }
}

/**
 * Decides under which names a node stands that both sides have. Pure.
 *
 * A directory stands under one name: if both sides moved it to different places that is rename/rename. Everything
 * else may stand under several, so each name is merged by itself: one that a side took away is gone, one that a side gave
 * is there. Two cases of that are no merge but a conflict: both sides took the same name away and gave it different
 * ones (both renamed it), and each side took away what the other left (the node would be gone though neither
 * side deleted it). Where each put something else there instead, as who saves by renaming does, and neither edited the node, it
 * is gone: what they put there has the names, and nobody contests those.
 *
 * A name is only wanted here. Whether the directory is there and the name is free is decided in structure.ts.
 */
import type { Trees } from './identity.js';
import type { Deciding } from './nodes.js';
import type { Arbiter, Stake } from './policy.js';
import { hasSlot, sameSlots, slotKey, slotsWithout } from './slot.js';
import { isEdit, otherSide, type Side } from './state.js';
import type { Subject } from './subject.js';
import { type Entry, ROOT_NODE, type TreeView } from './tree.js';

export function decideEntries(deciding: Deciding): void {
  for (const subject of deciding.subjects.values()) {
    if (!subject.local.state || !subject.remote.state) continue;
    const entries = subject.id === ROOT_NODE ? [] : mergedEntries(subject, deciding);
    if (entries.length > 0 || subject.id === ROOT_NODE) subject.live(entries);
    else subject.die();
  }
}

/** None where the node is replaced everywhere. */
function mergedEntries(subject: Subject, deciding: Deciding): readonly Entry[] {
  const { trees, arbiter, book } = deciding;
  const base = subject.base.entries;
  const [local, remote] = [entriesOn(subject, 'local', deciding), entriesOn(subject, 'remote', deciding)];
  if (sameSlots(local, remote) || sameSlots(base, local)) return remote;
  if (sameSlots(base, remote)) return local;
  // A base that knows the node and none of its names lost them to others while it was in conflict: no ancestor here.
  const unplaced = subject.base.state !== undefined && base.length === 0;
  if (!subject.isDirectory && !unplaced) {
    const merged = mergeNames(base, local, remote);
    if (merged.length > 0 || isReplaced(subject, trees)) return merged;
  }
  const winner = arbiter.choose(
    placeStake(subject, 'local', arbiter),
    placeStake(subject, 'remote', arbiter),
  );
  subject.held ||= winner === undefined;
  book.add(`place:${subject.id}`, { type: 'rename/rename', local: subject, remote: subject, winner });
  return winner === 'local' ? local : remote;
}

/** The names that a side has for it, and those that it only lost with a directory that comes back whole. */
function entriesOn(subject: Subject, side: Side, { whole }: Deciding): readonly Entry[] {
  const here = subject[side].entries;
  if (whole.size === 0 || subject.isDirectory) return here;
  const there = otherSide(side);
  const isBack = (entry: Entry) =>
    whole.get(entry.parent) === there && hasSlot(subject[there].entries, entry);
  const back = slotsWithout(subject.base.entries, here).filter(isBack);
  return back.length === 0 ? here : [...here, ...back];
}

/** What a side has at stake where it is about where a node stands. */
export function placeStake(subject: Subject, side: Side, arbiter: Arbiter): Stake {
  const { id } = subject;
  const { state: version, entries } = subject[side];
  return { node: id, version, place: placeText(entries), movedAtMs: arbiter.movedAt(side, id) };
}

function placeText(entries: readonly Entry[]): string {
  return entries.map(slotKey).sort().join('\n');
}

/** The names after both sides' changes; none where they contradict each other. */
function mergeNames(
  base: readonly Entry[],
  local: readonly Entry[],
  remote: readonly Entry[],
): readonly Entry[] {
  const takenByBoth = slotsWithout(slotsWithout(base, local), remote);
  const givenHere = slotsWithout(slotsWithout(local, base), remote);
  const givenThere = slotsWithout(slotsWithout(remote, base), local);
  if (takenByBoth.length > 0 && givenHere.length > 0 && givenThere.length > 0) return [];
  const keptHere = slotsWithout(local, slotsWithout(base, remote));
  // Both agents see the same order.
  return [...keptHere, ...givenThere].sort((a, b) => (slotKey(a) < slotKey(b) ? -1 : 1));
}

/** Under each name that one side left it, the other has something else now; and it is as it was. */
function isReplaced({ base, local, remote }: Subject, trees: Trees): boolean {
  const isElsewhere = ({ parent, name, node }: Entry, tree: TreeView) => {
    const there = tree.entry(parent, name);
    return there !== undefined && there !== node && trees.base.entry(parent, name) === node;
  };
  return (
    [local, remote].every(({ state }) => base.state && state && !isEdit(base.state, state)) &&
    local.entries.every((entry) => isElsewhere(entry, trees.remote)) &&
    remote.entries.every((entry) => isElsewhere(entry, trees.local))
  );
}

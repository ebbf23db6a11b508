/**
 * Decides under which names a node stands that both sides have. Pure.
 *
 * A directory stands under one name: if both sides moved it to different places that is rename/rename. Everything
 * else may stand under several, so each name is merged by itself: one that a side took away is gone, one that a side gave
 * is there. Two cases of that are no merge but a conflict: both sides took the same name away and gave it different
 * ones (both renamed it), and each side took away what the other left (the node would be gone though neither
 * side deleted it).
 *
 * A name is only wanted here. Whether the directory is there and the name is free is decided in structure.ts.
 */
import type { Deciding } from './nodes.js';
import { sameSlots, slotKey, slotsWithout } from './slot.js';
import type { Subject } from './subject.js';
import { type Entry, ROOT_NODE } from './tree.js';

export function decideEntries(deciding: Deciding): void {
  for (const subject of deciding.subjects.values()) {
    if (!subject.local.state || !subject.remote.state) continue;
    subject.live(subject.id === ROOT_NODE ? [] : mergedEntries(subject, deciding));
  }
}

function mergedEntries(subject: Subject, { arbiter, book }: Deciding): readonly Entry[] {
  const [base, local, remote] = [subject.base.entries, subject.local.entries, subject.remote.entries];
  if (sameSlots(local, remote) || sameSlots(base, local)) return remote;
  if (sameSlots(base, remote)) return local;
  // A base that knows the node and none of its names lost them to others while it was in conflict: no ancestor here.
  const unplaced = subject.base.state !== undefined && base.length === 0;
  if (!subject.isDirectory && !unplaced) {
    const merged = mergeNames(base, local, remote);
    if (merged) return merged;
  }
  const winner = arbiter.choose(
    { node: subject.id, version: subject.local.state, place: placeText(local) },
    { node: subject.id, version: subject.remote.state, place: placeText(remote) },
  );
  subject.held ||= winner === undefined;
  book.add(`place:${subject.id}`, { type: 'rename/rename', local: subject, remote: subject, winner });
  return winner === 'local' ? local : remote;
}

export function placeText(entries: readonly Entry[]): string {
  return entries.map(slotKey).sort().join('\n');
}

/** The names after both sides' changes; undefined where they contradict each other. */
function mergeNames(
  base: readonly Entry[],
  local: readonly Entry[],
  remote: readonly Entry[],
): readonly Entry[] | undefined {
  const takenByBoth = slotsWithout(slotsWithout(base, local), remote);
  const givenHere = slotsWithout(slotsWithout(local, base), remote);
  const givenThere = slotsWithout(slotsWithout(remote, base), local);
  if (takenByBoth.length > 0 && givenHere.length > 0 && givenThere.length > 0) return undefined;
  const keptHere = slotsWithout(local, slotsWithout(base, remote));
  const merged = [...keptHere, ...givenThere];
  return merged.length > 0 ? merged : undefined;
}

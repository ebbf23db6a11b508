/**
 * A slot is a place a node can stand in: a name in a directory. Pure.
 *
 * Slots are compared as text, because a Map of texts is the cheapest index there is. Neither a node id nor a name can
 * hold a slash, so the text of a slot means exactly one (parent, name).
 */
import type { Entry, NodeId } from './tree.js';

export type SlotKey = string;

export interface Slot {
  readonly parent: NodeId;
  readonly name: string;
}

export function slotKey(slot: Slot): SlotKey {
  return `${slot.parent}/${slot.name}`;
}

export function slotOf(key: SlotKey): Slot {
  const slash = key.indexOf('/');
  return { parent: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** True when both lists name the same slots, in any order. */
export function sameSlots(one: readonly Entry[], other: readonly Entry[]): boolean {
  if (one.length !== other.length) return false;
  const [a, b] = [one[0], other[0]];
  if (one.length === 1 && a && b) return a.parent === b.parent && a.name === b.name;
  const keys = new Set(one.map(slotKey));
  return other.every((entry) => keys.has(slotKey(entry)));
}

export function hasSlot(entries: readonly Entry[], slot: Slot): boolean {
  return entries.some((it) => isSameSlot(it, slot));
}

/** The entries of `one` whose slot `other` does not have. */
export function slotsWithout(one: readonly Entry[], other: readonly Entry[]): Entry[] {
  const keys = new Set(other.map(slotKey));
  return one.filter((entry) => !keys.has(slotKey(entry)));
}

/** An index from nodes to their entries: nearly every node has one, so a list is what it needs. */
export type Places = Map<NodeId, readonly Entry[]>;

export function setIn(places: Places, node: NodeId, entry: Entry): void {
  const others = places.get(node);
  if (!others) places.set(node, [entry]);
  else places.set(node, [...others.filter((it) => !isSameSlot(it, entry)), entry]);
}

export function unsetIn(places: Places, node: NodeId, slot: Slot): void {
  const left = places.get(node)?.filter((it) => !isSameSlot(it, slot)) ?? [];
  if (left.length > 0) places.set(node, left);
  else places.delete(node);
}

function isSameSlot(a: Slot, b: Slot): boolean {
  return a.name === b.name && a.parent === b.parent;
}

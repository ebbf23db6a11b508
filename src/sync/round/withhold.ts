/**
 * Keeps changes back that the remote would not take, since a row of its that is in quarantine stands in their way. Pure.
 *
 * A unit of changes goes up whole or not at all, and with it what needs it: what stands in a directory that is held back, and
 * the removal of a directory in which something is left.
 */
import type { QuarantineRow } from '../../store/index.js';
import type { Change, NodeId, TreeView } from '../core/index.js';
import { slotKey } from '../core/slot.js';
import { commitUnits } from './commit-units.js';

/** The changes that can go up, in an order in which they can, and those that cannot. */
export function withhold(
  push: readonly Change[],
  remote: { readonly quarantine: readonly QuarantineRow[]; readonly tree: TreeView },
): { readonly pushed: readonly Change[]; readonly withheld: readonly Change[] } {
  const { quarantine, tree } = remote;
  if (quarantine.length === 0) return { pushed: push, withheld: [] };
  const units = commitUnits(push, (parent, name) => tree.entry(parent, name));
  const nodes = new Set<NodeId>();
  const slots = new Set<string>();
  /** Something is in it, or means it, on the remote; it cannot go. */
  const needed = new Set<NodeId>();
  for (const { what, key, node } of quarantine) {
    if (what === 'node') nodes.add(key);
    else {
      slots.add(key);
      needed.add(key.slice(0, key.indexOf('/'))).add(node);
    }
  }
  const stays = (change: Change): boolean => {
    if (change.type === 'node')
      return nodes.has(change.id) || (change.state === null && needed.has(change.id));
    const { parent, node } = change;
    return slots.has(slotKey(change)) || nodes.has(parent) || (node !== null && nodes.has(node));
  };
  const pushed: Change[] = [];
  const withheld: Change[] = [];
  for (const unit of units) {
    if (!unit.some(stays)) {
      pushed.push(...unit);
      continue;
    }
    withheld.push(...unit);
    for (const change of unit) {
      if (change.type === 'node') nodes.add(change.id);
      else {
        slots.add(slotKey(change));
        needed.add(change.parent);
      }
    }
  }
  return { pushed, withheld };
}

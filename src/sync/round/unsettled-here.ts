/**
 * This side of what waits for a person: places that differ from the base though the mark in the change log is to pass them.
 *
 * What a round pushed, applied or found equal is settled. Whatever else was touched and differs is kept, with all that
 * the log knew of it, and is looked at again by every round until it is settled.
 */
import type { UnsettledChangeRow } from '../../store/index.js';
import type { NodeId } from '../core/index.js';
import { type Slot, slotKey } from '../core/slot.js';
import { sameState } from '../core/state.js';
import type { NodeVersion, TouchedSet } from '../core/tree.js';
import type { Decision } from './decide.js';
import type { Sides } from './read-sides.js';

export interface Outcome {
  /** Keys of what the base has by now as the remote has it, as the plan calls them. */
  readonly settled: ReadonlySet<string>;
  /** Keys of what was applied here or pushed, and is the same on both sides now. */
  readonly carriedOut: ReadonlySet<string>;
}

/** What the base took over from the remote alone, as where a name only has a newer revision, may be otherwise here. */
export function unsettledHere(
  { plan, side, local, touchedHere }: Decision,
  { base, localReader }: Sides,
  { settled, carriedOut }: Outcome,
): UnsettledChangeRow[] {
  const idOf = (id: NodeId) => plan.adopt.get(id) ?? id;
  const own = heldOfOwn({ plan, side, local });
  const nodes = [...new Set([...touchedHere.nodes, ...own.nodes])].filter((id) => {
    const key = idOf(id);
    if (carriedOut.has(key)) return false;
    return differ(local.node(id), settled.has(key) ? side.tree.node(key) : base.node(id));
  });
  const places = new Map([...touchedHere.entries, ...own.entries].map((slot) => [slotKey(slot), slot]));
  const entries = [...places.values()].filter(({ parent, name }) => {
    const key = slotKey({ parent: idOf(parent), name });
    if (carriedOut.has(key)) return false;
    const here = local.entry(parent, name);
    if (!settled.has(key)) return here !== base.entry(parent, name);
    return (here && idOf(here)) !== side.tree.entry(idOf(parent), name);
  });
  return localReader.unsettled({ nodes: new Set(nodes), entries }, local).sort(byPlace);
}

/**
 * What waits and was news of a commit of our own: the base takes that over, and so what was here as the base had it, and
 * not touched, may be a change from now on.
 */
function heldOfOwn({ plan, side, local }: Pick<Decision, 'plan' | 'side' | 'local'>): TouchedSet {
  const former = new Map([...plan.adopt].map(([from, to]) => [to, from]));
  const here = (id: NodeId) => former.get(id) ?? id;
  const nodes = new Set<NodeId>();
  const entries: Slot[] = [];
  for (const change of side.own) {
    if (change.type === 'node') {
      if (plan.held.has(change.id)) nodes.add(here(change.id));
      continue;
    }
    const slot = { parent: here(change.parent), name: change.name };
    const inIt = local.entry(slot.parent, slot.name);
    const concerned = [change.node, inIt && (plan.adopt.get(inIt) ?? inIt)];
    if (concerned.some((id) => id && plan.held.has(id))) entries.push(slot);
  }
  return { nodes, entries };
}

function differ(a: NodeVersion | undefined, b: NodeVersion | undefined): boolean {
  return a === undefined || b === undefined ? a !== b : !sameState(a, b);
}

function byPlace(a: UnsettledChangeRow, b: UnsettledChangeRow): number {
  if (a.parentIno !== b.parentIno) return a.parentIno - b.parentIno;
  return a.name === b.name ? a.ino - b.ino : a.name < b.name ? -1 : 1;
}

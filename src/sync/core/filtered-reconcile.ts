/**
 * Decides what a sync does where some paths are excluded: `reconcile` on what is shown of each side. Pure.
 *
 * Filtering happens before deciding: both sides are seen through one filter, each by its own paths, and the base holds
 * nothing that is excluded. So `reconcile` needs no rule of its own. From its point of view
 * - a file that moves into an excluded place was deleted, and one that moves out of it was made;
 * - what a new filter excludes is gone from all three trees at once: nobody deletes it, the base forgets it (detached);
 * - what a new filter includes is on one side, or on both without an ancestor.
 *
 * What is hidden is still there, though, and the plan has to stay clear of it: obstacles.ts. A node that is shown on one side
 * and hidden on the other (moved there) is two things from now on. Where the remote hides it, and the plan wants
 * to have it there, what is here goes on under another id (`split`); where it is hidden here, the plan makes it anew, and
 * whoever carries the plan out must not take the hidden one for it.
 *
 * It ends: each time around hides a place more or shows a directory more, of finitely many.
 *
 * Promises, beside those of reconcile: nothing excluded is named in push or apply; no filter deletes anything; and a second
 * time around finds nothing to do, unless it says so (`lookAgain`).
 */
import { InvariantError } from '../../base/index.js';
import {
  type BaseListing,
  excludedFromBase,
  type Looking,
  touchedEverywhere,
  touchedThrough,
} from './filtered-touched.js';
import { FilteredTree, type WholeTree, wholeTree } from './filtered-tree.js';
import type { PathFilter } from './filters.js';
import {
  findObstacles,
  type Ground,
  isKept,
  type Obstacle,
  type Obstacles,
  withoutKept,
} from './obstacles.js';
import { OverlayTree } from './overlay-tree.js';
import { type ReconcileInput, reconcile } from './reconcile.js';
import { type SlotKey, slotKey } from './slot.js';
import {
  type Change,
  type NodeId,
  type NodeKind,
  type Plan,
  ROOT_NODE,
  type TouchedSet,
  type TreeView,
} from './tree.js';

export interface FilteredInput extends Omit<ReconcileInput, 'local' | 'remote'> {
  readonly local: WholeTree;
  readonly remote: WholeTree;
  readonly filter: PathFilter;
  /** Given where the base was made under another filter: then everything is looked at. */
  readonly rescope?: BaseListing;
  /** Another id for a local node whose own is taken on the remote. */
  readonly freshId: (local: NodeId) => NodeId;
}

export interface FilteredPlan extends Plan {
  /** Rows of the base that are neither here nor there by now, in so far as anybody may see. */
  readonly forget: readonly Change[];
  /** The same, once the push is acknowledged, and once the apply is carried out: what had to stay on one side. */
  readonly forgetAfterPush: readonly Change[];
  readonly forgetAfterApply: readonly Change[];
  /** Local nodes that go on under another id, since the remote keeps theirs where it is excluded; also in `adopt`. */
  readonly split: ReadonlyMap<NodeId, NodeId>;
  /**
   * Something may be shown, or hidden, once this is carried out: a directory was moved and the patterns go by the path, or
   * one gives way to another. Everything is to be looked at again then.
   */
  readonly lookAgain: boolean;
  readonly local: FilteredTree;
  readonly remote: FilteredTree;
  /** Where both sides differed from the base, as it was decided on. */
  readonly touched: { readonly local: TouchedSet; readonly remote: TouchedSet };
}

export function reconcileFiltered(input: FilteredInput): FilteredPlan {
  const { filter, rescope } = input;
  const forget = rescope === undefined ? [] : excludedRows(input, rescope);
  const base = forget.length === 0 ? input.base : new OverlayTree(input.base, forget);
  const isBased = (id: NodeId) => base.node(id) !== undefined;
  const blocked = { local: new Set<SlotKey>(), remote: new Set<SlotKey>() };
  const revealed = { local: new Set<NodeId>(), remote: new Set<NodeId>() };
  let meets = false;
  for (;;) {
    const view = (side: 'local' | 'remote') =>
      new FilteredTree(input[side], { filter, isBased, blocked: blocked[side], revealed: revealed[side] });
    const [local, remote] = [view('local'), view('remote')];
    const touched = {
      local: touchedOf(input.touched.local, { base, view: local, filter }, rescope),
      remote: touchedOf(input.touched.remote, { base, view: remote, filter }, rescope),
    };
    const plan = reconcile({ ...input, base, local, remote, touched });
    const back = new Map([...plan.adopt].map(([here, there]) => [there, here]));
    const grounds = {
      local: {
        view: local,
        below: (id: NodeId) => back.get(id) ?? id,
        above: (id: NodeId) => plan.adopt.get(id) ?? id,
      },
      remote: { view: remote, below: (id: NodeId) => id, above: (id: NodeId) => id },
    } satisfies Record<string, Ground>;
    const kindOf = (id: NodeId) =>
      (remote.has(id) ? input.remote.kindOf(id) : undefined) ?? input.local.kindOf(grounds.local.below(id));
    const found = {
      local: findObstacles(plan.apply, grounds.local, kindOf),
      remote: findObstacles(plan.push, grounds.remote, kindOf),
    };
    meets ||= found.local.meets || found.remote.meets;
    const all = [
      ...found.local.blocked,
      ...found.local.revealed,
      ...found.remote.blocked,
      ...found.remote.revealed,
    ];
    if (all.length === 0)
      return confined(plan, found, {
        input,
        forget,
        base,
        local,
        remote,
        touched,
        below: grounds.local.below,
        meets,
      });
    const depth = Math.min(...all.map((it) => it.depth));
    const topmost = (obstacles: readonly Obstacle[]) =>
      obstacles.flatMap((it) => (it.depth === depth ? [it.slot] : []));
    const before = sizeOf(blocked, revealed);
    for (const slot of topmost(found.local.blocked)) blocked.remote.add(slotKey(slot));
    for (const { parent, name } of topmost(found.remote.blocked)) {
      blocked.local.add(slotKey({ parent: grounds.local.below(parent), name }));
    }
    for (const side of ['local', 'remote'] as const) {
      for (const { parent, name } of topmost(found[side].revealed))
        revealed[side].add(input[side].entry(parent, name)!);
    }
    if (sizeOf(blocked, revealed) === before)
      throw new InvariantError('a plan sets a name that is excluded, and nobody wants it there');
  }
}

function sizeOf(...sets: readonly Record<'local' | 'remote', ReadonlySet<string>>[]): number {
  return sets.reduce((sum, { local, remote }) => sum + local.size + remote.size, 0);
}

function excludedRows({ base, filter }: FilteredInput, listing: BaseListing): Change[] {
  return excludedFromBase(base, new FilteredTree(wholeTree(base), { filter, isBased: () => true }), listing);
}

function touchedOf(raw: TouchedSet, looking: Looking, rescope: BaseListing | undefined): TouchedSet {
  return rescope === undefined ? touchedThrough(raw, looking) : touchedEverywhere(raw, looking, rescope);
}

interface Decided {
  readonly input: FilteredInput;
  readonly forget: readonly Change[];
  readonly base: TreeView;
  readonly local: FilteredTree;
  readonly remote: FilteredTree;
  readonly touched: FilteredPlan['touched'];
  /** The local id of a node of the plan. */
  readonly below: (id: NodeId) => NodeId;
  readonly meets: boolean;
}

function confined(
  plan: Plan,
  found: { readonly local: Obstacles; readonly remote: Obstacles },
  { input, forget, base, local, remote, touched, below, meets }: Decided,
): FilteredPlan {
  const push = withoutKept(plan.push, found.remote);
  const split = splitNodes(push, input, remote);
  const renamed = (changes: readonly Change[]) =>
    split.size === 0 ? [...changes] : changes.map((change) => renamedChange(change, split));
  return {
    push: renamed(push),
    apply: renamed(withoutKept(plan.apply, found.local)),
    agreed: renamed(plan.agreed),
    adopt: split.size === 0 ? plan.adopt : new Map([...plan.adopt, ...split]),
    conflicts: plan.conflicts,
    held: plan.held,
    forget: [...forget, ...rowsOf(split.keys(), base)],
    forgetAfterPush: plan.push.filter((change) => isKept(change, found.remote)),
    forgetAfterApply: plan.apply.filter((change) => isKept(change, found.local)),
    split,
    lookAgain:
      meets ||
      (input.filter.dependsOnParents &&
        (movesDirectory(plan.push, (id) => input.remote.kindOf(id)) ||
          movesDirectory(plan.apply, (id) => input.local.kindOf(below(id))))),
    local,
    remote,
    touched,
  };
}

/** Nodes that are to be on the remote, where another place that is excluded has them. */
function splitNodes(
  push: readonly Change[],
  input: FilteredInput,
  remote: FilteredTree,
): Map<NodeId, NodeId> {
  const split = new Map<NodeId, NodeId>();
  for (const change of push) {
    const ids = change.type === 'node' ? [change.state && change.id] : [change.node, change.parent];
    for (const id of ids) {
      if (!id || id === ROOT_NODE || split.has(id)) continue;
      if (input.remote.kindOf(id) !== undefined && !remote.has(id)) split.set(id, input.freshId(id));
    }
  }
  return split;
}

function renamedChange(change: Change, names: ReadonlyMap<NodeId, NodeId>): Change {
  const nameOf = (id: NodeId) => names.get(id) ?? id;
  if (change.type === 'node') return { ...change, id: nameOf(change.id) };
  const { parent, name, node } = change;
  return { type: 'entry', parent: nameOf(parent), name, node: node === null ? null : nameOf(node) };
}

/** All that the base has of these nodes. */
function rowsOf(ids: Iterable<NodeId>, base: TreeView): Change[] {
  return [...ids].flatMap((id): Change[] =>
    base.node(id) === undefined
      ? []
      : [
          ...base
            .entriesOf(id)
            .map(({ parent, name }): Change => ({ type: 'entry', parent, name, node: null })),
          { type: 'node', id, state: null },
        ],
  );
}

/** A directory that a side has gets another place there. */
function movesDirectory(changes: readonly Change[], has: (id: NodeId) => NodeKind | undefined): boolean {
  return changes.some(
    (change) => change.type === 'entry' && change.node !== null && has(change.node) === 'directory',
  );
}

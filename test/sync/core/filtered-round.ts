/**
 * One sync between two scratch trees of which some paths are excluded: the plan, and what both sides and the base are
 * afterwards. What is hidden on the local side and meant by the plan is made anew, as the engine does.
 */
import {
  type Change,
  type ConflictPolicy,
  createFilter,
  type FilteredPlan,
  type FilterPatterns,
  type MemoryTree,
  type NodeId,
  reconcileFiltered,
  settle,
  wholeTree,
} from '#src/sync/core/index.js';
import { type Three, touchedBetween } from './round.js';

export interface FilteredThree extends Three {
  /** Both whole sides as they were when the base was made: what differs from them is touched. */
  readonly before: { readonly local: MemoryTree; readonly remote: MemoryTree };
}

export interface FilteredRound extends FilteredThree {
  readonly plan: FilteredPlan;
}

export interface FilteredOptions {
  readonly policy: ConflictPolicy;
  readonly patterns: FilterPatterns;
  readonly agent?: string;
  /** The base was made under other patterns. */
  readonly rescope?: boolean;
}

let fresh = 0;

export function freshId(): NodeId {
  fresh += 1;
  return `f${fresh.toString(16).padStart(31, '0')}`;
}

export function syncFiltered(three: FilteredThree, options: FilteredOptions): FilteredRound {
  const { base, remote, before } = three;
  const agent = options.agent ?? 'here';
  const own = [...three.local.nodes()].filter(([, state]) => state.agent === agent);
  const local = three.local
    .clone()
    .apply(own.map(([id, state]) => ({ type: 'node', id, state: { ...state, agent: '' } })));
  const plan = reconcileFiltered({
    base,
    local: wholeTree(local),
    remote: wholeTree(remote),
    filter: createFilter(options.patterns),
    touched: { local: touchedBetween(before.local, local), remote: touchedBetween(before.remote, remote) },
    policy: options.policy,
    tieBreak: { agent },
    freshId,
    ...(options.rescope
      ? { rescope: { nodes: [...base.nodes()].map(([id]) => id), entries: [...base.entries()] } }
      : {}),
  });
  const { afterApply, afterPush } = settle(plan);
  const after = {
    base: base
      .clone()
      .apply(plan.forget)
      .apply(afterApply)
      .apply(afterPush)
      .apply(plan.forgetAfterApply)
      .apply(plan.forgetAfterPush),
    local: local.clone().rename(hiddenAndMeant(plan, local)).rename(plan.adopt).apply(plan.apply),
    remote: remote.clone().apply(plan.push),
  };
  return { ...after, plan, before: { local: after.local.clone(), remote: after.remote.clone() } };
}

/** Local nodes that are hidden, and that the plan or an adoption means: they are something else from now on. */
function hiddenAndMeant({ apply, adopt, local: view }: FilteredPlan, local: MemoryTree): Map<NodeId, NodeId> {
  const meant = new Set([...apply.flatMap(idsSet), ...adopt.values()]);
  const names = new Map<NodeId, NodeId>();
  for (const id of meant) if (local.node(id) && !view.has(id)) names.set(id, freshId());
  return names;
}

function idsSet(change: Change): NodeId[] {
  if (change.type === 'node') return change.state ? [change.id] : [];
  return change.node === null ? [] : [change.parent, change.node];
}

/**
 * One sync between two scratch trees: what differs, the plan, and what both sides and the base are afterwards.
 */
import {
  type ConflictPolicy,
  type MemoryTree,
  type Plan,
  reconcile,
  sameState,
  settle,
  type TouchedSet,
} from '#src/sync/core/index.js';
import type { NodeTimes } from '#src/sync/core/policy.js';
import type { Slot } from '#src/sync/core/slot.js';

export interface Three {
  readonly base: MemoryTree;
  readonly local: MemoryTree;
  readonly remote: MemoryTree;
}

export interface Round extends Three {
  readonly plan: Plan;
}

export interface RoundOptions {
  readonly policy: ConflictPolicy;
  readonly agent?: string;
  readonly deletedAt?: NodeTimes;
  readonly movedAt?: NodeTimes;
  readonly touched?: { local: TouchedSet; remote: TouchedSet };
}

/** What differs, and nothing else. */
export function touchedBetween(base: MemoryTree, side: MemoryTree): TouchedSet {
  const ids = new Set([...base.nodes(), ...side.nodes()].map(([id]) => id));
  const nodes = [...ids].filter((id) => {
    const [a, b] = [base.node(id), side.node(id)];
    return !(a && b && sameState(a, b));
  });
  const slots = new Map<string, Slot>();
  for (const tree of [base, side]) {
    for (const { parent, name } of tree.entries()) {
      if (base.entry(parent, name) !== side.entry(parent, name))
        slots.set(`${parent}/${name}`, { parent, name });
    }
  }
  return { nodes: new Set(nodes), entries: [...slots.values()] };
}

/** The local side as its agent has it: the versions that it made itself have no agent yet. */
function unpushed(tree: MemoryTree, agent: string): MemoryTree {
  const own = [...tree.nodes()].filter(([, state]) => state.agent === agent);
  return tree.clone().apply(own.map(([id, state]) => ({ type: 'node', id, state: { ...state, agent: '' } })));
}

/** Plans and carries out. The trees given stay as they are. */
export function sync({ base, local: mine, remote }: Three, options: RoundOptions): Round {
  const agent = options.agent ?? 'here';
  const local = unpushed(mine, agent);
  const touched = options.touched ?? {
    local: touchedBetween(base, local),
    remote: touchedBetween(base, remote),
  };
  const plan = reconcile({
    base,
    local,
    remote,
    touched,
    policy: options.policy,
    tieBreak: { agent },
    ...(options.deletedAt ? { deletedAt: options.deletedAt } : {}),
    ...(options.movedAt ? { movedAt: options.movedAt } : {}),
  });
  const { afterApply, afterPush } = settle(plan);
  return {
    plan,
    base: base.clone().apply(afterApply).apply(afterPush),
    local: local.clone().rename(plan.adopt).apply(plan.apply),
    remote: remote.clone().apply(plan.push),
  };
}

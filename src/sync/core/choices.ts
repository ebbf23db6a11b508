/**
 * Reconcile with a person's decisions: which of them still hold, and the plan that carries those out. Pure.
 *
 * A decision is about the conflict as it was listed. Where either side's version or place is another by now, it is refused
 * and the conflict as it is now is shown; where it cannot be carried out before another conflict is decided, it waits.
 * Everything else is in the plan, with the decided conflicts and their winners. What is not asked is not decided, but for
 * conflicts of the same node, none of which can be carried out alone.
 */
import { copyName } from './copy-name.js';
import type { Trees } from './identity.js';
import { type ReconcileInput, reconcile } from './reconcile.js';
import { RenamedTree } from './renamed-tree.js';
import type { Keeping, Resolution } from './resolution.js';
import { type Slot, slotKey } from './slot.js';
import { otherSide, type Side } from './state.js';
import type { Conflict, NodeId, NodeVersion, Plan, TreeView } from './tree.js';

export interface Choice {
  /** The conflict as the person saw it. */
  readonly listed: Conflict;
  readonly strategy: Side | 'both';
  /**
   * `remote`: what is here may have been edited since, and is meant as it is now. `again`: a round has carried out part of
   * it already, so that what is left may be another conflict about the same version of the remote's.
   */
  readonly check: 'both' | 'remote' | 'again';
  /** The identity of a copy, should there be one. */
  readonly copyId: NodeId;
}

/**
 * `gone`: there is no such conflict any more; `changed`: `now` is what it is; `waits`: for `others`; `impossible`: the
 * strategy cannot be had for this type of conflict.
 */
export type RefusalReason = 'gone' | 'changed' | 'waits' | 'impossible';

export interface Refusal {
  readonly listed: Conflict;
  readonly reason: RefusalReason;
  readonly now?: Conflict;
  readonly others?: readonly Conflict[];
  /** Of `impossible`: why. */
  readonly because?: string;
}

/** Reconcile as it is to be done: of whole trees, or of what filters show of them. */
export interface Planning<P extends Plan = Plan> {
  readonly plan: (resolutions: readonly Resolution[]) => P;
  /** The sides, with the identities that the plan's conflicts have. */
  readonly sides: (plan: P) => Sides;
  /** False for a name that is excluded. */
  readonly includes?: (slot: Slot, isDirectory: boolean) => boolean;
}

type Sides = Pick<Trees, 'local' | 'remote'>;

export interface DecidedPlan<P extends Plan = Plan> {
  readonly plan: P;
  /** With their winners. */
  readonly resolved: readonly Conflict[];
  readonly refused: readonly Refusal[];
  /** Every conflict that is none any more, also where a decision about a directory took it along. */
  readonly settled: readonly { readonly id: string; readonly winner: Side | undefined }[];
  /** Copies to be made: the copy's node, and whose remote content it gets. */
  readonly copies: ReadonlyMap<NodeId, NodeId>;
  /** What is kept beside the winner, and the node whose remote version that is. */
  readonly kept: ReadonlyMap<NodeId, NodeId>;
}

export function planningOf(input: ReconcileInput): Planning {
  return {
    plan: (resolutions) => reconcile({ ...input, resolutions }),
    sides: ({ adopt }) => ({ local: renamedBy(adopt, input.local), remote: input.remote }),
  };
}

export function renamedBy(adopt: Plan['adopt'], local: TreeView): TreeView {
  return adopt.size === 0 ? local : new RenamedTree(local, adopt);
}

export function planWithChoices<P extends Plan>(
  planning: Planning<P>,
  choices: readonly Choice[],
): DecidedPlan<P> {
  const first = planning.plan([]);
  const nothing = { plan: first, resolved: [], settled: [], copies: new Map(), kept: new Map() };
  if (choices.length === 0) return { ...nothing, refused: [] };
  const refused: Refusal[] = [];
  const planner = new Planner(first, planning.sides(first), planning.includes ?? (() => true));
  for (const choice of choices) {
    const refusal = planner.add(choice);
    if (refusal) refused.push(refusal);
  }
  for (;;) {
    const { resolutions } = planner;
    if (resolutions.length === 0) return { ...nothing, refused };
    const plan = planning.plan(resolutions);
    if (planner.addEntailed(plan)) continue;
    const stuck = planner.dropStuck(plan);
    refused.push(...stuck);
    if (stuck.length > 0) continue;
    const outcome = planner.outcome(plan);
    const settled = new Set(outcome.settled.map(({ id }) => id));
    // What cannot be had, and was decided along with another conflict all the same, is not left undecided.
    const left = refused.filter(({ reason, now }) => reason !== 'impossible' || !settled.has(now?.id ?? ''));
    return { plan, refused: left, ...outcome };
  }
}

class Planner {
  readonly #trees: Sides;
  readonly #first: Plan;
  readonly #includes: NonNullable<Planning['includes']>;
  /** With what was asked for, where it was. */
  readonly #resolutions = new Map<string, Resolution & { readonly listed?: Conflict }>();
  readonly #places = new Set<string>();

  constructor(first: Plan, trees: Sides, includes: NonNullable<Planning['includes']>) {
    this.#first = first;
    this.#trees = trees;
    this.#includes = includes;
  }

  get resolutions(): readonly Resolution[] {
    return [...this.#resolutions.values()];
  }

  /** Returns why it cannot be, or nothing. */
  add(choice: Choice): Refusal | undefined {
    const { listed, check } = choice;
    const now = this.#find(listed);
    if (!now) return { listed, reason: 'gone' };
    const same =
      check === 'both'
        ? now.id === listed.id
        : now.stakes.remote === listed.stakes.remote && (check === 'again' || now.type === listed.type);
    if (!same) return { listed, reason: 'changed', now };
    const resolution = this.#resolution(now, choice);
    if (typeof resolution === 'string') return { listed, reason: 'impossible', now, because: resolution };
    this.#resolutions.set(now.id, { ...resolution, listed });
    for (const other of this.#first.conflicts) {
      if (this.#resolutions.has(other.id) || !sharesNode(other, now)) continue;
      const same = this.#resolution(other, choice);
      const instead = { conflict: other, winner: resolution.winner };
      this.#resolutions.set(other.id, typeof same === 'string' ? instead : same);
    }
    return undefined;
  }

  /**
   * Undoing one move may leave a circle that another closes; what comes back may find its name taken. Such a conflict
   * nobody could decide before, and the decision waits for it: so the same side wins there too, where that side deleted
   * it the other one, and what is in the way is kept beside it.
   */
  addEntailed(plan: Plan): boolean {
    const fresh = plan.conflicts.filter(
      (it) => it.winner === undefined && !this.#resolutions.has(it.id) && !this.#isKnown(it),
    );
    const [stuck] = this.#stuck(plan);
    const entailed = fresh.flatMap((conflict) => {
      const cause = this.resolutions.find((it) => sharesNode(it.conflict, conflict)) ?? stuck;
      return cause ? [{ conflict, winner: cause.winner }] : [];
    });
    for (const { conflict, winner: preferred } of entailed) {
      const winner = conflict[preferred] ? preferred : otherSide(preferred);
      const keeping = this.#keepingOf(conflict, winner);
      this.#resolutions.set(conflict.id, { conflict, winner, ...(keeping ? { keeping } : {}) });
    }
    return entailed.length > 0;
  }

  #isKnown(conflict: Conflict): boolean {
    const nodes = String(nodesOf(conflict));
    return this.#first.conflicts.some((it) => it.type === conflict.type && String(nodesOf(it)) === nodes);
  }

  #stuck({ held }: Plan) {
    return [...this.#resolutions.values()].filter(({ conflict }) =>
      nodesOf(conflict).some((node) => held.has(node)),
    );
  }

  #keepingOf(conflict: Conflict, winner: Side): Keeping | undefined {
    const { type, node, remoteNode } = conflict;
    if (remoteNode === undefined || type === 'move/cycle') return undefined;
    const lost = winner === 'local' ? remoteNode : node;
    if (this.#trees[winner].node(lost)) return undefined;
    const place = this.#freePlace(conflict, conflict[otherSide(winner)]);
    return place ? { kind: 'copy', node: lost, place } : undefined;
  }

  /** What is held all the same cannot be carried out. */
  dropStuck(plan: Plan): Refusal[] {
    const stuck: Refusal[] = [];
    for (const { conflict, listed } of this.#stuck(plan)) {
      this.#resolutions.delete(conflict.id);
      const others = plan.conflicts.filter((it) => it.winner === undefined && it.id !== conflict.id);
      stuck.push({ listed: listed ?? conflict, reason: 'waits', now: conflict, others });
    }
    return stuck;
  }

  outcome(plan: Plan): Pick<DecidedPlan, 'resolved' | 'settled' | 'copies' | 'kept'> {
    const resolved = this.resolutions.map(({ conflict, winner }) => ({ ...conflict, winner }));
    const winners = new Map<string, Side | undefined>(resolved.map(({ id, winner }) => [id, winner]));
    const sides = new Set(winners.values());
    const pending = new Set(plan.conflicts.flatMap(({ id, winner }) => (winner === undefined ? [id] : [])));
    for (const { id, winner } of this.#first.conflicts) {
      if (winner !== undefined || pending.has(id) || winners.has(id)) continue;
      winners.set(id, sides.size === 1 ? [...sides][0] : undefined);
    }
    const copies = new Map<NodeId, NodeId>();
    const kept = new Map<NodeId, NodeId>();
    for (const { conflict, winner, keeping } of this.resolutions) {
      if (keeping?.kind !== 'copy') continue;
      if (!conflict.remoteNode) copies.set(keeping.node, conflict.node);
      if (winner === 'local') kept.set(keeping.node, conflict.remoteNode ?? conflict.node);
    }
    return { resolved, settled: [...winners].map(([id, winner]) => ({ id, winner })), copies, kept };
  }

  /** The conflict that was listed, or what has become of it. */
  #find(listed: Conflict): Conflict | undefined {
    const { conflicts } = this.#first;
    return (
      conflicts.find(({ id }) => id === listed.id) ??
      conflicts.find((it) => it.type === listed.type && sharesNode(it, listed)) ??
      conflicts.find((it) => sharesNode(it, listed)) ??
      conflicts.find(({ path }) => path === listed.path)
    );
  }

  /** A text says why there is none. */
  #resolution(conflict: Conflict, { strategy, copyId }: Choice): Resolution | string {
    if (strategy !== 'both') return { conflict, winner: strategy };
    const { type, node, remoteNode, local, remote } = conflict;
    if (type === 'move/cycle') return 'two directories cannot stand in each other';
    // Where one side has deleted it, the other's is all that there is to keep.
    if (!local) return { conflict, winner: 'remote' };
    if (!remote) return { conflict, winner: 'local' };
    const trees = this.#trees;
    if (type === 'rename/rename') {
      if (local.kind === 'directory') return 'a directory has one name';
      const free = trees.remote.entriesOf(node).every((entry) => {
        const there = trees.local.entry(entry.parent, entry.name);
        return (there === undefined || there === node) && trees.local.node(entry.parent) !== undefined;
      });
      if (!free) return 'its other name is taken here, or its directory is gone';
      return { conflict, winner: 'local', keeping: { kind: 'names' } };
    }
    if (remoteNode === undefined && local.kind === 'directory') return 'a directory is not kept twice';
    // What the remote's is here, elsewhere, needs no copy.
    if (remoteNode !== undefined && trees.local.node(remoteNode)) return { conflict, winner: 'local' };
    const place = this.#freePlace(conflict, remote);
    if (!place) return 'there is no place for a copy beside it on both sides';
    return { conflict, winner: 'local', keeping: { kind: 'copy', node: remoteNode ?? copyId, place } };
  }

  #freePlace({ node, remoteNode }: Conflict, version: NodeVersion | null): Slot | undefined {
    const { local, remote } = this.#trees;
    const entries = local.entriesOf(node);
    const at =
      entries.find(({ parent, name }) => remote.entry(parent, name) === (remoteNode ?? node)) ?? entries[0];
    if (!version || !at || !local.node(at.parent) || !remote.node(at.parent)) return undefined;
    const { parent } = at;
    const name = copyName(at.name, version, (name) => {
      const isThere = [local, remote].some((tree) => tree.entry(parent, name) !== undefined);
      return isThere || this.#places.has(slotKey({ parent, name }));
    });
    if (!this.#includes({ parent, name }, version.kind === 'directory')) return undefined;
    this.#places.add(slotKey({ parent, name }));
    return { parent, name };
  }
}

function nodesOf({ node, remoteNode }: Conflict): NodeId[] {
  return remoteNode === undefined ? [node] : [node, remoteNode];
}

function sharesNode(one: Conflict, other: Conflict): boolean {
  return nodesOf(one).some((node) => nodesOf(other).includes(node));
}

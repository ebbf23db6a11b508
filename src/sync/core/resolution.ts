/**
 * What a person decided about a conflict, as the trees it would be no conflict in. Pure.
 *
 * A conflict is what both sides changed since they last agreed. To decide for one side is to say that it changed what it
 * changed knowing the other side's version: so the loser's version is taken for the ancestor, and reconcile, which
 * decides everything, finds one side's change and takes it over. What nobody contests is left as it was, so a mode changed on
 * one side outlives the decision about content changed on both.
 *
 * Two things follow for directories. Where the winner has one that the loser deleted, all of it comes back, and the
 * directories that it stands in. Where the winner deleted one, everything that the loser has in it goes; what was only moved
 * into it goes back to where the winner has it.
 */
import type { Trees } from './identity.js';
import { OverlayTree } from './overlay-tree.js';
import { type Slot, slotsWithout } from './slot.js';
import { isEdit, otherSide, type Side, StateMerge } from './state.js';
import {
  type Change,
  type Conflict,
  type Entry,
  type NodeId,
  type NodeVersion,
  ROOT_NODE,
  type TouchedSet,
  type TreeView,
} from './tree.js';
import { hasNoWayBack, namesToComeBackWith } from './way-back.js';

/** How the loser's version is kept as well. */
export type Keeping =
  /** At a free place of both trees; as `node`, which is the loser's own unless it shares it with the winner. */
  | { readonly kind: 'copy'; readonly node: NodeId; readonly place: Slot }
  /** A file that both renamed has both names. */
  | { readonly kind: 'names' };

export interface Resolution {
  readonly conflict: Conflict;
  readonly winner: Side;
  readonly keeping?: Keeping;
}

/** The trees as the resolutions take them, and what in them is not as it is. */
export interface Taken {
  readonly trees: Trees;
  readonly touched: TouchedSet;
}

export function takeAsResolved(trees: Trees, resolutions: readonly Resolution[]): Taken {
  const taking = new Taking(trees);
  for (const resolution of resolutions) taking.take(resolution);
  return taking;
}

class Taking implements Taken {
  readonly #actual: Trees;
  readonly trees: { readonly base: OverlayTree; readonly local: OverlayTree; readonly remote: OverlayTree };
  readonly touched: { readonly nodes: Set<NodeId>; readonly entries: Slot[] } = {
    nodes: new Set(),
    entries: [],
  };

  constructor(actual: Trees) {
    this.#actual = actual;
    this.trees = {
      base: new OverlayTree(actual.base),
      local: new OverlayTree(actual.local),
      remote: new OverlayTree(actual.remote),
    };
  }

  take(resolution: Resolution): void {
    const { conflict, winner, keeping } = resolution;
    const { type, node, remoteNode = node, local, remote } = conflict;
    const [won, lost] = winner === 'local' ? [node, remoteNode] : [remoteNode, node];
    const loser = otherSide(winner);
    if (node !== remoteNode && type !== 'move/cycle') this.#takePlace({ won, lost, loser, keeping });
    else if (type === 'move/cycle') this.#setPlaces(lost, this.#actual[loser].entriesOf(lost));
    else if (type === 'rename/rename') this.#takeNames(node, winner, keeping);
    else if (local && remote) {
      const merge = new StateMerge(this.#actual.base.node(node), local, remote);
      this.#set('base', [{ type: 'node', id: node, state: merge.ancestorFor(winner) }]);
      if (keeping?.kind === 'copy') this.#keepCopy(keeping, remote);
    } else if (winner === 'local' ? local : remote) this.#bringBack(node, winner);
    else this.#giveUp(node, loser);
  }

  /** Two nodes want one name, and the loser's gives it up. */
  #takePlace(of: { won: NodeId; lost: NodeId; loser: Side; keeping: Keeping | undefined }): void {
    const { won, lost, loser, keeping } = of;
    const winner = otherSide(loser);
    const [mine, theirs] = [this.#actual[winner], this.#actual[loser]];
    const contested = theirs.entriesOf(lost).filter(({ parent, name }) => mine.entry(parent, name) === won);
    const left = slotsWithout(theirs.entriesOf(lost), contested);
    const yields = contested.map(({ parent, name }): Change => ({ type: 'entry', parent, name, node: null }));
    if (keeping?.kind === 'copy') {
      this.#set(loser, [...yields, { type: 'entry', ...keeping.place, node: lost }]);
    } else if (mine.node(lost)) {
      const seen = contested.map((entry): Change => ({ type: 'entry', ...entry }));
      if (left.length === 0) this.#sendBack(lost, loser);
      else this.#set('base', seen);
    } else if (left.length > 0) this.#set(loser, yields);
    else this.#giveUp(lost, loser);
    if (!theirs.node(won)) this.#bringBack(won, winner);
  }

  #takeNames(node: NodeId, winner: Side, keeping: Keeping | undefined): void {
    this.#setPlaces(node, this.#actual[otherSide(winner)].entriesOf(node));
    if (keeping?.kind === 'names') {
      const names = this.#actual[otherSide(winner)].entriesOf(node);
      this.#set(
        winner,
        names.map((entry): Change => ({ type: 'entry', ...entry })),
      );
    }
    this.#bringBackAbove(node, winner);
  }

  #keepCopy({ node, place }: Extract<Keeping, { kind: 'copy' }>, state: NodeVersion): void {
    this.#set('local', [
      { type: 'node', id: node, state: { ...state, revision: 0, agent: '' } },
      { type: 'entry', ...place, node },
    ]);
  }

  /** What the winner has and the loser deleted is as good as new; so are the directories above that the loser lacks. */
  #bringBack(id: NodeId, winner: Side): void {
    const [mine, theirs] = [this.#actual[winner], this.#actual[otherSide(winner)]];
    this.#forget(id);
    this.#bringBackAbove(id, winner);
    for (const { node } of this.#below(mine, id)) {
      const [before, now] = [this.#actual.base.node(node), mine.node(node)];
      if (theirs.node(node) || !before || !now || isEdit(before, now)) continue;
      const names = namesToComeBackWith(this.#actual, node, winner);
      if (names.length === 0) continue;
      this.#forget(node);
      const others = slotsWithout(mine.entriesOf(node), names);
      this.#set(
        winner,
        others.map(({ parent, name }): Change => ({ type: 'entry', parent, name, node: null })),
      );
    }
  }

  #bringBackAbove(id: NodeId, winner: Side): void {
    const [mine, theirs] = [this.#actual[winner], this.#actual[otherSide(winner)]];
    const above = mine.entriesOf(id).map(({ parent }) => parent);
    const seen = new Set<NodeId>();
    for (let at = above.pop(); at !== undefined; at = above.pop()) {
      if (at === ROOT_NODE || seen.has(at) || theirs.node(at)) continue;
      seen.add(at);
      this.#forget(at);
      above.push(...mine.entriesOf(at).map(({ parent }) => parent));
    }
  }

  /** What the loser has of it, and in it, the winner has seen and deleted, or moved to where it has it. */
  #giveUp(id: NodeId, loser: Side): void {
    const [mine, theirs] = [this.#actual[otherSide(loser)], this.#actual[loser]];
    this.#see(id, theirs);
    for (const { node } of this.#below(theirs, id)) {
      if (mine.node(node)) this.#sendBack(node, loser);
      else this.#see(node, theirs);
    }
  }

  /** To where the winner has it; where there is no way back (way-back.ts) it is gone, as if the loser had deleted it. */
  #sendBack(id: NodeId, loser: Side): void {
    const entries = this.#actual[loser].entriesOf(id);
    if (!hasNoWayBack(this.#actual, id, otherSide(loser))) {
      this.#setPlaces(id, entries);
      return;
    }
    this.#set(loser, [
      ...entries.map(({ parent, name }): Change => ({ type: 'entry', parent, name, node: null })),
      { type: 'node', id, state: null },
    ]);
  }

  *#below(tree: TreeView, top: NodeId): Iterable<Entry> {
    const queue = [top];
    const seen = new Set(queue);
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      for (const entry of tree.children(id)) {
        if (seen.has(entry.node)) continue;
        seen.add(entry.node);
        yield entry;
        if (tree.node(entry.node)?.kind === 'directory') queue.push(entry.node);
      }
    }
  }

  #see(id: NodeId, tree: TreeView): void {
    this.#set('base', [{ type: 'node', id, state: tree.node(id) ?? null }]);
    this.#setPlaces(id, tree.entriesOf(id));
  }

  #forget(id: NodeId): void {
    this.#set('base', [{ type: 'node', id, state: null }]);
    this.#setPlaces(id, []);
  }

  /** In the ancestor. */
  #setPlaces(id: NodeId, entries: readonly Entry[]): void {
    const before = slotsWithout(this.trees.base.entriesOf(id), entries);
    this.#set('base', [
      ...before.map(({ parent, name }): Change => ({ type: 'entry', parent, name, node: null })),
      ...entries.map((entry): Change => ({ type: 'entry', ...entry })),
    ]);
  }

  #set(tree: keyof Trees, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.type === 'node') {
        this.touched.nodes.add(change.id);
        continue;
      }
      const { parent, name } = change;
      this.touched.entries.push({ parent, name });
      const nodes = [
        change.node,
        this.trees[tree].entry(parent, name),
        this.#actual[tree].entry(parent, name),
      ];
      for (const node of nodes) if (node) this.touched.nodes.add(node);
    }
    this.trees[tree].apply(changes);
  }
}

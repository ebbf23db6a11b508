/**
 * Which changes take the tree here, or one place in it, back to what it was. Pure.
 *
 * The whole workspace goes by identity: what was renamed since is renamed back. One place goes by names, so that what has
 * moved away from it meanwhile stays where it is. In both, what stands under the same name and is of the same kind is
 * the same file, and whatever has no counterpart here is made anew, under an id that no remote knows: it is a change
 * made here.
 */
import { sameState } from '../core/index.js';
import { type Difference, inOrder } from '../core/order.js';
import { type SlotKey, slotKey } from '../core/slot.js';
import {
  type Change,
  type Entry,
  type NodeId,
  type NodeVersion,
  ROOT_NODE,
  type TreeView,
} from '../core/tree.js';

export interface ReturnInput {
  readonly local: TreeView;
  readonly past: TreeView;
  /** Absent: all of it. `node` is the past's node, `parent` the local directory in which it is to stand. */
  readonly at?: { readonly parent: NodeId; readonly name: string; readonly node: NodeId };
  readonly freshId: () => NodeId;
}

export interface ReturnPlan {
  readonly changes: readonly Change[];
  /** Of each node that is made or changed here, the past's. */
  readonly origins: ReadonlyMap<NodeId, NodeId>;
}

export function planReturn(input: ReturnInput): ReturnPlan {
  return new Returning(input).plan();
}

class Returning {
  readonly #input: ReturnInput;
  /** Past to local. */
  readonly #match = new Map<NodeId, NodeId>();
  readonly #taken = new Set<NodeId>();
  readonly #nodes = new Map<NodeId, NodeVersion | null>();
  readonly #slots = new Map<SlotKey, NodeId | null>();
  readonly #wanted = new Map<SlotKey, Entry>();

  constructor(input: ReturnInput) {
    this.#input = input;
  }

  plan(): ReturnPlan {
    const { local, at } = this.#input;
    if (at === undefined) {
      this.#pair(ROOT_NODE, ROOT_NODE);
      this.#pairByIdentity();
      this.#walk(ROOT_NODE);
      this.#clear(ROOT_NODE);
    } else {
      const top: Entry = { parent: at.parent, name: at.name, node: at.node };
      const there = local.entry(at.parent, at.name);
      this.#want(top, this.#counterpart(at.node, at.parent, at.name));
      this.#walk(at.node);
      if (there !== undefined) this.#clear(there);
      if (there !== undefined && !this.#taken.has(there)) this.#drop(there);
    }
    const difference: Difference = { nodes: this.#nodes, slots: this.#slots };
    const origins = new Map([...this.#match].map(([past, here]) => [here, past] as const));
    return { changes: inOrder(local, difference), origins };
  }

  #pair(past: NodeId, here: NodeId): void {
    this.#match.set(past, here);
    this.#taken.add(here);
    const state = this.#input.past.node(past);
    const now = this.#input.local.node(here);
    if (state !== undefined && (now === undefined || !sameState(now, state))) this.#nodes.set(here, state);
  }

  /** Every node of the past that is here still, wherever it stands now. */
  #pairByIdentity(): void {
    const queue = [ROOT_NODE];
    for (let directory = queue.pop(); directory !== undefined; directory = queue.pop()) {
      for (const { node } of this.#input.past.children(directory)) {
        if (!this.#match.has(node) && this.#isSame(node, node)) this.#pair(node, node);
        if (this.#input.past.node(node)?.kind === 'directory') queue.push(node);
      }
    }
  }

  /** Gives all below a node of the past, which has its counterpart, theirs. */
  #walk(top: NodeId): void {
    const queue = [top];
    for (let directory = queue.pop(); directory !== undefined; directory = queue.pop()) {
      if (this.#input.past.node(directory)?.kind !== 'directory') continue;
      const parent = this.#match.get(directory)!;
      for (const { name, node } of this.#input.past.children(directory)) {
        this.#want({ parent, name, node }, this.#counterpart(node, parent, name));
        queue.push(node);
      }
    }
  }

  #counterpart(node: NodeId, parent: NodeId, name: string): NodeId {
    const known = this.#match.get(node);
    if (known !== undefined) return known;
    const { local, past, at, freshId } = this.#input;
    const there = local.entry(parent, name);
    // What the past has in another place is matched there.
    const isFree =
      there !== undefined && !this.#taken.has(there) && (at !== undefined || past.node(there) === undefined);
    const here = isFree && this.#isSame(node, there) ? there : freshId();
    this.#pair(node, here);
    return here;
  }

  /** A symlink's target and a device's number never change: another one is another node. */
  #isSame(past: NodeId, here: NodeId): boolean {
    const [a, b] = [this.#input.past.node(past), this.#input.local.node(here)];
    if (a === undefined || b === undefined || a.kind !== b.kind) return false;
    return a.kind === 'file' || a.kind === 'directory' || (a.hash === b.hash && a.rdev === b.rdev);
  }

  #want({ parent, name }: Entry, node: NodeId): void {
    const entry = { parent, name, node };
    this.#wanted.set(slotKey(entry), entry);
    if (this.#input.local.entry(parent, name) !== node) this.#slots.set(slotKey(entry), node);
  }

  /** Takes away what stands below a local node and is not wanted. */
  #clear(top: NodeId): void {
    const queue = [top];
    const left: NodeId[] = [];
    for (let directory = queue.pop(); directory !== undefined; directory = queue.pop()) {
      if (this.#input.local.node(directory)?.kind !== 'directory') continue;
      for (const entry of this.#input.local.children(directory)) {
        queue.push(entry.node);
        if (this.#wanted.get(slotKey(entry))?.node === entry.node) continue;
        if (!this.#wanted.has(slotKey(entry))) this.#slots.set(slotKey(entry), null);
        left.push(entry.node);
      }
    }
    for (const node of left) this.#drop(node);
  }

  /** A node that is left without any name goes. */
  #drop(node: NodeId): void {
    if (this.#taken.has(node)) return;
    const stays = this.#input.local.entriesOf(node).some((entry) => {
      const next = this.#slots.get(slotKey(entry));
      return next === undefined || next === node;
    });
    if (!stays) this.#nodes.set(node, null);
  }
}

/**
 * Which changes take the tree here, or one place in it, back to what it was. Pure.
 *
 * The whole workspace goes by identity: what was renamed since is renamed back. One place goes by names, so that what has
 * moved away from it meanwhile stays where it is. In both, what stands under the same name and is of the same kind is
 * the same file, and whatever has no counterpart here is made anew, under an id that no remote knows: it is a change
 * made here.
 *
 * What the filters exclude is not touched: it is neither made nor removed, and a directory that holds some of it stays.
 */
import { EVERYTHING, type PathFilter, pathOf, sameState } from '../core/index.js';
import { type Difference, inOrder } from '../core/order.js';
import { type SlotKey, slotKey } from '../core/slot.js';
import {
  type Change,
  type Entry,
  type NodeId,
  type NodeKind,
  type NodeVersion,
  ROOT_NODE,
  type TreeView,
} from '../core/tree.js';

export interface ReturnInput {
  readonly local: TreeView;
  readonly past: TreeView;
  /** Absent: all of it. `node` is the past's node, `parent` the local directory in which it is to stand. */
  readonly at?: { readonly parent: NodeId; readonly name: string; readonly node: NodeId };
  readonly filter: Pick<PathFilter, 'includes'>;
  /** Of a local node, where that costs less than the node itself: what is excluded is not looked at any closer. */
  readonly kindOf?: (id: NodeId) => NodeKind | undefined;
  readonly freshId: () => NodeId;
}

interface Located {
  readonly node: NodeId;
  readonly path: string;
}

export interface ReturnPlan {
  readonly changes: readonly Change[];
  /** Of each node that is made or changed here, the past's. */
  readonly origins: ReadonlyMap<NodeId, NodeId>;
}

export function planReturn(input: ReturnInput): ReturnPlan {
  const stuck = new Set<NodeId>();
  for (;;) {
    const before = stuck.size;
    const plan = new Returning(input, stuck).plan();
    if (stuck.size === before) return plan;
  }
}

class Returning {
  readonly #input: ReturnInput;
  /** Past to local. */
  readonly #match = new Map<NodeId, NodeId>();
  readonly #taken = new Set<NodeId>();
  readonly #nodes = new Map<NodeId, NodeVersion | null>();
  readonly #slots = new Map<SlotKey, NodeId | null>();
  readonly #wanted = new Map<SlotKey, Entry>();
  /** Directories here that something excluded stands in, and those above. */
  readonly #needed = new Set<NodeId>();

  /** Nodes whose place of then is taken by what is excluded: they stay where they are. Found while planning. */
  readonly #stuck: Set<NodeId>;
  /** Where they stand here, with a slash behind: what is below a node that stays where it is stays too. */
  readonly #stuckPaths: readonly string[];

  constructor(input: ReturnInput, stuck: Set<NodeId>) {
    this.#input = input;
    this.#stuck = stuck;
    this.#stuckPaths = [...stuck].flatMap((id) => {
      const path = pathOf(input.local, id);
      return path === undefined ? [] : [`${path}/`];
    });
  }

  plan(): ReturnPlan {
    const { local, at } = this.#input;
    if (at === undefined) {
      this.#pair(ROOT_NODE, ROOT_NODE);
      this.#findNeeded(ROOT_NODE, '');
      this.#pairByIdentity();
      this.#walk(ROOT_NODE, '');
      this.#clear(ROOT_NODE, '');
    } else {
      const top: Entry = { parent: at.parent, name: at.name, node: at.node };
      const there = local.entry(at.parent, at.name);
      this.#want(top, this.#counterpart(at.node, at.parent, at.name));
      const path = `${(pathOf(local, at.parent) ?? '').replace(/\/$/, '')}/${at.name}`;
      if (there !== undefined) this.#findNeeded(there, path);
      this.#walk(at.node, path);
      if (there !== undefined) this.#clear(there, path);
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
    const { past, local } = this.#input;
    const queue: Located[] = [{ node: ROOT_NODE, path: '' }];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const { name, node } of past.children(at.node)) {
        const path = `${at.path}/${name}`;
        if (!this.#includes(past, node, path)) continue;
        const here = this.#match.has(node) ? undefined : pathOf(local, node);
        if (here !== undefined && this.#isSame(node, node) && this.#includes(local, node, here))
          this.#pair(node, node);
        if (past.node(node)?.kind === 'directory') queue.push({ node, path });
      }
    }
  }

  #includes(tree: TreeView, node: NodeId, path: string): boolean {
    if (this.#stuck.has(node)) return false;
    if (tree === this.#input.local && this.#stuckPaths.some((above) => path.startsWith(above))) return false;
    const isDirectory =
      tree === this.#input.local ? this.#isDirectory(node) : tree.node(node)?.kind === 'directory';
    return this.#input.filter.includes(path, isDirectory);
  }

  /** Of a local node. */
  #isDirectory(node: NodeId): boolean {
    const { kindOf, local } = this.#input;
    return (kindOf === undefined ? local.node(node)?.kind : kindOf(node)) === 'directory';
  }

  /** Gives all below a node of the past, which has its counterpart, theirs. */
  #walk(top: NodeId, topPath: string): void {
    const { past, local } = this.#input;
    const queue: Located[] = [{ node: top, path: topPath }];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      if (past.node(at.node)?.kind !== 'directory') continue;
      const parent = this.#match.get(at.node)!;
      for (const { name, node } of past.children(at.node)) {
        const path = `${at.path}/${name}`;
        const there = local.entry(parent, name);
        if (this.#stuck.has(node) || !this.#includes(past, node, path)) continue;
        if (there !== undefined && this.#mustStay(there, { node, path })) {
          this.#leave(node);
          continue;
        }
        this.#want({ parent, name, node }, this.#counterpart(node, parent, name));
        queue.push({ node, path });
      }
    }
  }

  #counterpart(node: NodeId, parent: NodeId, name: string): NodeId {
    const known = this.#match.get(node);
    if (known !== undefined) return known;
    const { local, freshId } = this.#input;
    const there = local.entry(parent, name);
    const isFree = there !== undefined && !this.#taken.has(there);
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

  /** What is excluded, or holds something that is, does not make room for a node of the past. */
  #mustStay(there: NodeId, { node, path }: Located): boolean {
    const { local, past } = this.#input;
    if (!this.#includes(local, there, path)) return true;
    if (!this.#needed.has(there)) return false;
    const isOther = past.node(node)?.kind !== 'directory' || (this.#match.get(node) ?? there) !== there;
    return isOther || (this.#taken.has(there) && this.#match.get(node) !== there);
  }

  /** There is no room where a node was, and with it what was below it. */
  #leave(top: NodeId): void {
    const queue = [top];
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      this.#stuck.add(node);
      for (const entry of this.#input.past.children(node)) queue.push(entry.node);
    }
  }

  /** Finds the directories that hold something excluded. */
  #findNeeded(top: NodeId, topPath: string): void {
    const { local, filter } = this.#input;
    if (filter === EVERYTHING && this.#stuck.size === 0) return;
    const visit = (directory: NodeId, path: string): boolean => {
      let isNeeded = false;
      for (const { name, node } of local.children(directory)) {
        const below = `${path}/${name}`;
        if (!this.#includes(local, node, below)) isNeeded = true;
        else if (this.#isDirectory(node) && visit(node, below)) isNeeded = true;
      }
      if (isNeeded) this.#needed.add(directory);
      return isNeeded;
    };
    if (this.#isDirectory(top)) visit(top, topPath);
  }

  /** Takes away what stands below a local node and is not wanted. */
  #clear(top: NodeId, topPath: string): void {
    const { local } = this.#input;
    const left: NodeId[] = [];
    const queue: Located[] = [{ node: top, path: topPath }];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      if (!this.#isDirectory(at.node)) continue;
      for (const entry of local.children(at.node)) {
        const path = `${at.path}/${entry.name}`;
        if (!this.#includes(local, entry.node, path)) continue;
        queue.push({ node: entry.node, path });
        if (this.#wanted.get(slotKey(entry))?.node === entry.node) continue;
        const stays = this.#needed.has(entry.node) && !this.#taken.has(entry.node);
        if (!stays && !this.#wanted.has(slotKey(entry))) this.#slots.set(slotKey(entry), null);
        left.push(entry.node);
      }
    }
    for (const node of left) this.#drop(node);
  }

  /** A node that is left without any name goes. */
  #drop(node: NodeId): void {
    if (this.#taken.has(node) || this.#needed.has(node)) return;
    const stays = this.#input.local.entriesOf(node).some((entry) => {
      const next = this.#slots.get(slotKey(entry));
      return next === undefined || next === node;
    });
    if (!stays) this.#nodes.set(node, null);
  }
}

/**
 * Which rows of a feed cannot be true, since the tree with them would be none. Pure.
 *
 * What is known is a tree. Laid over it, believed rows give a tree again: every entry has its node and a directory that it
 * stands in, a directory has one name and no circle leads through it, every node has a name, and nothing removed has a
 * name or anything in it. A row that breaks this is taken out, and with it, one after the other, what cannot be without it;
 * at worst nothing is left but what is known. What hangs on a row that is bad already only waits for a better one.
 */
import { OverlayTree } from './overlay-tree.js';
import { type Slot, slotKey } from './slot.js';
import { type Entry, type NodeId, type NodeVersion, ROOT_NODE, type TreeView } from './tree.js';

export interface NodeRow {
  readonly id: NodeId;
  readonly state: NodeVersion | null;
}

export interface EntryRow extends Slot {
  readonly node: NodeId | null;
}

/** The rows by node id and by slot; what is disbelieved is taken out. */
export interface FeedRows<N extends NodeRow, E extends EntryRow> {
  readonly nodes: Map<NodeId, N>;
  readonly entries: Map<string, E>;
}

export type Disbelieved<N extends NodeRow, E extends EntryRow> = {
  readonly reason: string;
  /** It would be good, but for another row that is not. */
  readonly waits: boolean;
} & ({ readonly what: 'node'; readonly row: N } | { readonly what: 'entry'; readonly row: E });

/** `bad`: nodes of which a row was refused before. */
export function disbelieve<N extends NodeRow, E extends EntryRow>(
  known: TreeView,
  rows: FeedRows<N, E>,
  bad: ReadonlySet<NodeId>,
): Disbelieved<N, E>[] {
  return new Doubts(known, rows, bad).find();
}

type Doubt = { readonly node: NodeId } | { readonly slot: Slot };

class Doubts<N extends NodeRow, E extends EntryRow> {
  readonly #known: TreeView;
  readonly #rows: FeedRows<N, E>;
  readonly #tree: OverlayTree;
  readonly #bad: Set<NodeId>;
  readonly #found: Disbelieved<N, E>[] = [];
  readonly #queue: Doubt[] = [];
  /** Directories from which the root can be reached. */
  #rooted = new Set<NodeId>([ROOT_NODE]);

  constructor(known: TreeView, rows: FeedRows<N, E>, bad: ReadonlySet<NodeId>) {
    this.#known = known;
    this.#rows = rows;
    this.#bad = new Set(bad);
    this.#tree = new OverlayTree(known, changesOf(rows));
  }

  find(): Disbelieved<N, E>[] {
    for (const id of [...this.#rows.nodes.keys()]) this.#settle({ node: id });
    for (const { parent, name } of [...this.#rows.entries.values()]) this.#settle({ slot: { parent, name } });
    return this.#found;
  }

  /** Looks at one row, and at everything that its refusal makes doubtful. */
  #settle(first: Doubt): void {
    this.#queue.push(first);
    for (let doubt = this.#queue.pop(); doubt !== undefined; doubt = this.#queue.pop()) {
      if ('node' in doubt) this.#judgeNode(doubt.node);
      else this.#judgeSlot(doubt.slot);
    }
  }

  #judgeNode(id: NodeId): void {
    const row = this.#rows.nodes.get(id);
    const state = this.#tree.node(id);
    if (row?.state === null) {
      if (id === ROOT_NODE) this.#dropNode(row, 'the root is removed');
      else if (this.#tree.entriesOf(id).length > 0)
        this.#dropNode(row, 'it is removed, and still has a name');
      else if (hasAny(this.#tree.children(id))) this.#dropNode(row, 'it is removed, and not empty');
      return;
    }
    const before = this.#known.node(id);
    if (row !== undefined && before !== undefined && before.kind !== row.state?.kind) {
      this.#dropNode(row, 'it has become of another kind');
      return;
    }
    if (id === ROOT_NODE) {
      if (row?.state && row.state.kind !== 'directory') this.#dropNode(row, 'the root is no directory');
      return;
    }
    if (state === undefined || this.#tree.entriesOf(id).length > 0) return;
    // Without a name: what is known keeps the names that it had, what is new has none.
    const taken = this.#known.entriesOf(id).flatMap((entry) => this.#rows.entries.get(slotKey(entry)) ?? []);
    for (const entry of taken) this.#dropEntry(entry, 'it takes the last name of what stays');
    if (taken.length === 0 && row !== undefined) this.#dropNode(row, 'it has no name');
  }

  #judgeSlot(slot: Slot): void {
    const row = this.#rows.entries.get(slotKey(slot));
    if (row === undefined) return;
    const before = this.#known.entry(slot.parent, slot.name);
    if (before !== undefined && before !== row.node) this.#queue.push({ node: before });
    if (row.node === null) return;
    const problem = this.#problemOf({ parent: row.parent, name: row.name, node: row.node });
    if (problem !== undefined) this.#dropEntry(row, problem.reason, problem.waitsFor);
  }

  #problemOf(entry: Entry): { readonly reason: string; readonly waitsFor?: NodeId } | undefined {
    const { parent, node } = entry;
    const state = this.#tree.node(node);
    if (state === undefined) return { reason: 'what it means is not there', waitsFor: node };
    if (parent !== ROOT_NODE) {
      const directory = this.#tree.node(parent);
      if (directory === undefined) return { reason: 'its directory is not there', waitsFor: parent };
      if (directory.kind !== 'directory') return { reason: 'what it stands in is no directory' };
    }
    if (state.kind !== 'directory') return undefined;
    const names = this.#tree.entriesOf(node);
    if (names.length > 1 && !isSame(this.#keeper(node, names), entry))
      return { reason: 'it is a second name of a directory' };
    return this.#isRooted(node) ? undefined : { reason: 'it closes a circle of directories' };
  }

  /** The one name that a directory keeps: that which is known, else the first. */
  #keeper(node: NodeId, names: readonly Entry[]): Entry {
    const known = names.find(({ parent, name }) => this.#known.entry(parent, name) === node);
    return known ?? [...names].sort((a, b) => (slotKey(a) < slotKey(b) ? -1 : 1))[0]!;
  }

  #isRooted(node: NodeId): boolean {
    const path: NodeId[] = [];
    const seen = new Set<NodeId>();
    for (let at = node; !this.#rooted.has(at); ) {
      if (seen.has(at)) return false;
      seen.add(at);
      path.push(at);
      const entry = this.#tree.entriesOf(at)[0];
      // What leads nowhere is no circle; it is judged by itself.
      if (entry === undefined) return true;
      at = entry.parent;
    }
    for (const id of path) this.#rooted.add(id);
    return true;
  }

  #dropNode(row: N, reason: string): void {
    const { id } = row;
    const waits = this.#tree.entriesOf(id).some(({ parent }) => this.#bad.has(parent)) || this.#bad.has(id);
    this.#rows.nodes.delete(id);
    this.#tree.apply([{ type: 'node', id, state: this.#known.node(id) ?? null }]);
    this.#take({ what: 'node', row, reason, waits });
    this.#bad.add(id);
    this.#queue.push({ node: id });
    for (const entry of this.#tree.entriesOf(id)) this.#queue.push({ slot: entry });
    for (const entry of this.#tree.children(id)) this.#queue.push({ slot: entry });
  }

  #dropEntry(row: E, reason: string, waitsFor?: NodeId): void {
    const { parent, name, node } = row;
    if (!this.#rows.entries.delete(slotKey(row))) return;
    const before = this.#known.entry(parent, name) ?? null;
    this.#tree.apply([{ type: 'entry', parent, name, node: before }]);
    const waits = [waitsFor, parent, node].some((id) => typeof id === 'string' && this.#bad.has(id));
    this.#take({ what: 'entry', row, reason, waits });
    // What has no other name than this one waits with it.
    for (const id of [node, before]) {
      if (id === null) continue;
      if (this.#known.node(id) === undefined) this.#bad.add(id);
      this.#queue.push({ node: id });
      for (const entry of this.#tree.entriesOf(id)) this.#queue.push({ slot: entry });
    }
    this.#queue.push({ node: parent });
  }

  #take(found: Disbelieved<N, E>): void {
    this.#rooted = new Set([ROOT_NODE]);
    this.#found.push(found);
  }
}

function changesOf(rows: FeedRows<NodeRow, EntryRow>) {
  return [
    ...[...rows.nodes.values()].map(({ id, state }) => ({ type: 'node' as const, id, state })),
    ...[...rows.entries.values()].map(({ parent, name, node }) => ({
      ...{ type: 'entry' as const, parent, name, node },
    })),
  ];
}

function isSame(a: Slot, b: Slot): boolean {
  return a.parent === b.parent && a.name === b.name;
}

function hasAny(items: Iterable<unknown>): boolean {
  for (const _ of items) return true;
  return false;
}

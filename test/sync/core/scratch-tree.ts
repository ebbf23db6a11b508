/**
 * A tree that tests edit by path, as a person would with a shell; every edit keeps it a tree, as a file system does.
 *
 * Each edit stamps the node with the agent and the time that the scratch was told, so that last-write-wins has
 * something to go by.
 */
import {
  MemoryTree,
  type NodeId,
  type NodeKind,
  type NodeState,
  type NodeVersion,
  ROOT_NODE,
} from '#src/sync/core/index.js';

const PLAIN: NodeVersion = {
  kind: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  rdev: 0,
  size: 0,
  mtimeSec: 1,
  mtimeNsec: 0,
  hash: '',
  xattrs: '',
  revision: 1,
  agent: 'base',
  editedAtMs: 0,
};

export class Scratch {
  readonly tree: MemoryTree;
  /** The milliseconds that stand on the next edit. */
  now = 1;
  readonly #agent: string;
  readonly #salt: number;
  #made = 0;

  /** `salt` tells the ids that this scratch makes from those that others make. */
  constructor(options: { from?: Scratch; agent?: string; salt?: number } = {}) {
    this.tree = options.from ? options.from.tree.clone() : new MemoryTree([[ROOT_NODE, PLAIN]]);
    this.#agent = options.agent ?? 'base';
    this.#salt = options.salt ?? 1;
  }

  at(path: string): NodeId {
    const id = this.find(path);
    if (id === undefined) throw new Error(`no ${path}`);
    return id;
  }

  find(path: string): NodeId | undefined {
    let at: NodeId | undefined = ROOT_NODE;
    for (const name of path.split('/').filter(Boolean)) at = at && this.tree.entry(at, name);
    return at;
  }

  make(path: string, kind: NodeKind, state: Partial<NodeState> = {}): NodeId {
    const id = this.#newId();
    const mode = kind === 'directory' ? 0o755 : kind === 'symlink' ? 0o777 : 0o644;
    this.#put(id, { ...PLAIN, kind, mode, ...state });
    this.#setEntry(path, id);
    return id;
  }

  mkdir(path: string): NodeId {
    return this.make(path, 'directory');
  }

  /** Makes the file, or overwrites its content in place. */
  write(path: string, content: string): NodeId {
    const id = this.find(path);
    if (id === undefined) return this.make(path, 'file', contentOf(content));
    this.edit(path, { ...contentOf(content), mtimeSec: this.now });
    return id;
  }

  /** As an editor saves: a new file renamed over the old. */
  replace(path: string, content: string): NodeId {
    this.remove(path);
    return this.make(path, 'file', contentOf(content));
  }

  edit(path: string, state: Partial<NodeState>): void {
    const id = this.at(path);
    this.#put(id, { ...this.tree.node(id)!, ...state });
  }

  link(path: string, to: string): void {
    this.#setEntry(to, this.at(path));
  }

  /** Overwrites what is there. */
  move(path: string, to: string): void {
    const id = this.at(path);
    if (this.find(to) !== undefined) this.remove(to);
    const { parent, name } = this.#slot(path);
    this.#setEntry(to, id);
    this.tree.apply([{ type: 'entry', parent, name, node: null }]);
    const state = this.tree.node(id)!;
    this.#put(id, state);
  }

  /** Removes a name, and what is only to be found by it, as `rm -r` does. */
  remove(path: string): void {
    const id = this.at(path);
    for (const child of [...this.tree.children(id)]) this.remove(`${path}/${child.name}`);
    const { parent, name } = this.#slot(path);
    this.tree.apply([{ type: 'entry', parent, name, node: null }]);
    if (this.tree.entriesOf(id).length === 0) this.tree.apply([{ type: 'node', id, state: null }]);
  }

  /** Every path but the root, with what it means; in order. */
  paths(): Map<string, NodeId> {
    return pathsOf(this.tree);
  }

  #slot(path: string): { parent: NodeId; name: string } {
    const cut = path.lastIndexOf('/');
    return { parent: this.at(path.slice(0, cut)), name: path.slice(cut + 1) };
  }

  #setEntry(path: string, node: NodeId): void {
    const { parent, name } = this.#slot(path);
    this.tree.apply([{ type: 'entry', parent, name, node }]);
  }

  #put(id: NodeId, state: NodeVersion): void {
    const stamp = this.#agent === 'base' ? {} : { revision: 0, agent: this.#agent, editedAtMs: this.now };
    this.tree.apply([{ type: 'node', id, state: { ...state, ...stamp } }]);
  }

  #newId(): NodeId {
    this.#made++;
    const mixed = Math.imul(this.#made + this.#salt * 7919, 0x9e3779b1) >>> 0;
    return `${mixed.toString(16).padStart(8, '0')}${this.#salt}${String(this.#made).padStart(23, '0')}`;
  }
}

export function contentOf(content: string): Pick<NodeState, 'hash' | 'size'> {
  return { hash: content, size: content.length };
}

export function pathsOf(tree: MemoryTree): Map<string, NodeId> {
  const found = new Map<string, NodeId>();
  const queue: [string, NodeId][] = [['', ROOT_NODE]];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [path, id] = next;
    for (const { name, node } of tree.children(id)) {
      found.set(`${path}/${name}`, node);
      queue.push([`${path}/${name}`, node]);
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a person sees: every path with kind, content and mode. */
export function picture(tree: MemoryTree): Record<string, string> {
  return Object.fromEntries(
    [...pathsOf(tree)].map(([path, id]) => {
      const { kind, hash, mode, xattrs } = tree.node(id)!;
      return [path, [kind, hash, mode.toString(8), xattrs].join(' ').trim()];
    }),
  );
}

/** The paths, and for files what is in them. */
export function contents(tree: MemoryTree): Record<string, string> {
  return Object.fromEntries([...pathsOf(tree)].map(([path, id]) => [path, tree.node(id)!.hash]));
}

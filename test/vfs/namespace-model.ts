/**
 * A tree of names as POSIX has it, in plain objects: what each change does, and the errno of one that is refused.
 */
import { RENAME_EXCHANGE, RENAME_NOREPLACE } from '#src/vfs/index.js';

export interface ModelNode {
  nlink: number;
  /** Of a directory. */
  entries: Map<string, ModelNode> | undefined;
}

export type ModelStep =
  | { do: 'create' | 'mkdir' | 'unlink' | 'rmdir'; path: readonly string[] }
  | { do: 'link'; path: readonly string[]; to: readonly string[] }
  | { do: 'rename'; path: readonly string[]; to: readonly string[]; flags: number };

/** An errno's name; `none` for a success; `unreachable` where no directory is at the way to the name. */
type Outcome = string;

interface Place {
  readonly parent: ModelNode;
  readonly name: string;
  readonly node: ModelNode | undefined;
}

export class NamespaceModel {
  readonly root: ModelNode = { nlink: 2, entries: new Map() };

  run(step: ModelStep): Outcome {
    const at = this.#place(step.path);
    if (at === undefined) return 'unreachable';
    if (!('to' in step)) {
      if (step.do === 'create' || step.do === 'mkdir') return this.#make(at, step.do === 'mkdir');
      return this.#remove(at, step.do === 'rmdir');
    }
    const to = this.#place(step.to);
    if (to === undefined) return 'unreachable';
    if (!('flags' in step)) return at.node === undefined ? 'unreachable' : this.#link(at.node, to);
    return this.#rename(at, to, step.flags);
  }

  #place(path: readonly string[]): Place | undefined {
    let parent = this.root;
    for (const part of path.slice(0, -1)) {
      const next = parent.entries?.get(part);
      if (next?.entries === undefined) return undefined;
      parent = next;
    }
    const name = path.at(-1)!;
    return { parent, name, node: parent.entries!.get(name) };
  }

  #make(at: Place, directory: boolean): Outcome {
    if (at.node !== undefined) return 'EEXIST';
    const node: ModelNode = { nlink: directory ? 2 : 1, entries: directory ? new Map() : undefined };
    at.parent.entries!.set(at.name, node);
    if (directory) at.parent.nlink += 1;
    return 'none';
  }

  #remove(at: Place, directory: boolean): Outcome {
    if (at.node === undefined) return 'ENOENT';
    if (directory && at.node.entries === undefined) return 'ENOTDIR';
    if (!directory && at.node.entries !== undefined) return 'EISDIR';
    if (at.node.entries !== undefined && at.node.entries.size > 0) return 'ENOTEMPTY';
    at.parent.entries!.delete(at.name);
    at.node.nlink -= 1;
    if (directory) at.parent.nlink -= 1;
    return 'none';
  }

  #link(node: ModelNode, to: Place): Outcome {
    if (node.entries !== undefined) return 'EPERM';
    if (to.node !== undefined) return 'EEXIST';
    to.parent.entries!.set(to.name, node);
    node.nlink += 1;
    return 'none';
  }

  #rename(from: Place, to: Place, flags: number): Outcome {
    if (from.node === undefined) return 'ENOENT';
    if (to.node === undefined && flags === RENAME_EXCHANGE) return 'ENOENT';
    if (to.node !== undefined && flags === RENAME_NOREPLACE) return 'EEXIST';
    if (holds(from.node, to.parent)) return 'EINVAL';
    if (to.node === from.node) return 'none';
    if (flags === RENAME_EXCHANGE) return this.#exchange(from, to);
    if (to.node !== undefined) {
      if (to.node.entries !== undefined && from.node.entries === undefined) return 'EISDIR';
      if (to.node.entries === undefined && from.node.entries !== undefined) return 'ENOTDIR';
      if (to.node.entries !== undefined && to.node.entries.size > 0) return 'ENOTEMPTY';
    }
    from.parent.entries!.delete(from.name);
    to.parent.entries!.set(to.name, from.node);
    if (to.node !== undefined) to.node.nlink -= 1;
    this.#count(from.parent);
    this.#count(to.parent);
    return 'none';
  }

  #exchange(a: Place, b: Place): Outcome {
    if (holds(b.node!, a.parent)) return 'EINVAL';
    a.parent.entries!.set(a.name, b.node!);
    b.parent.entries!.set(b.name, a.node!);
    this.#count(a.parent);
    this.#count(b.parent);
    return 'none';
  }

  #count(directory: ModelNode): void {
    directory.nlink = 2;
    for (const child of directory.entries!.values()) if (child.entries !== undefined) directory.nlink += 1;
  }
}

function holds(node: ModelNode, other: ModelNode): boolean {
  if (node === other) return node.entries !== undefined;
  for (const child of node.entries?.values() ?? []) if (holds(child, other)) return true;
  return false;
}

/**
 * Which node an inode is to a remote, and back.
 *
 * A node that was synced has its identity in the base. One that was never pushed gets an identity made from this
 * agent's prefix and its inode number, so that a push that is tried again means the same node. Inode 1 is ROOT_NODE.
 */
import type { StoreReader } from '../../store/index.js';
import { type NodeId, ROOT_NODE } from '../core/tree.js';

const ROOT_INO = 1;

/** The first 16 hex digits of the identities that an agent makes; never all zeros, so never the root's. */
export function nodePrefix(agent: string): string {
  const digits = agent.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
  const prefix = digits.slice(0, 16).padEnd(16, 'f');
  return prefix === '0'.repeat(16) ? 'f'.repeat(16) : prefix;
}

export class NodeInos {
  readonly #reader: StoreReader;
  readonly #remote: number;
  readonly #prefix: string;
  readonly #adopted = new Map<NodeId, number>();
  readonly #nodes = new Map<number, NodeId>([[ROOT_INO, ROOT_NODE]]);

  /** The answer before: the entries of a directory come one after the other. */
  #lastNode: NodeId = '';
  #lastIno = 0;

  constructor(reader: StoreReader, remote: number, agent: string) {
    this.#reader = reader;
    this.#remote = remote;
    this.#prefix = nodePrefix(agent);
  }

  nodeOf(ino: number): NodeId {
    const known = this.#nodes.get(ino);
    if (known !== undefined) return known;
    const base = this.#reader.baseNodeOfIno(this.#remote, ino);
    const node = base?.node ?? this.#prefix + ino.toString(16).padStart(16, '0');
    this.#nodes.set(ino, node);
    return node;
  }

  /** The inode of a node; 0 where there is none here. */
  inoOf(node: NodeId): number {
    return this.#adopted.get(node) ?? this.baseInoOf(node);
  }

  /** The inode under which the base has a node, whatever was adopted since; 0 where there is none. */
  baseInoOf(node: NodeId): number {
    if (node === ROOT_NODE) return ROOT_INO;
    if (node === this.#lastNode) return this.#lastIno;
    const base = this.#reader.baseNode(this.#remote, node);
    const made = node.startsWith(this.#prefix) ? Number.parseInt(node.slice(16), 16) : 0;
    this.#lastNode = node;
    this.#lastIno = base?.ino ?? made;
    return this.#lastIno;
  }

  /** From now on the inode is that node: it turned out to be the same on both sides. */
  adopt(local: NodeId, remote: NodeId): void {
    this.#adopted.set(remote, this.inoOf(local));
  }
}

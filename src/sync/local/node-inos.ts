/**
 * Which node an inode is to a remote, and back.
 *
 * A node that was synced has its identity in the base. One that was never pushed gets an identity made from this
 * agent's prefix and its inode number, so that a push that is tried again means the same node. Inode 1 is ROOT_NODE.
 * Whoever joins a remote anew (a reset, a second `enable`, a workspace restored from before it was enabled) may have been
 * there before and knows nothing of it: the prefix is another one then, so that an inode number that was given out again
 * is not the node that it was.
 *
 * An inode may become another node than the one that was made of its number (it is adopted, or excluded for a while), and
 * the remote may go on with that one: then it is not this inode any more, and where the base has it under another inode, this
 * one gets the next generation of its number. What is hidden by filters is never what a plan means (`conceal`).
 */
import type { StoreReader } from '../../store/index.js';
import { type NodeId, ROOT_NODE } from '../core/tree.js';
import { sha256 } from '../transfer/index.js';

const ROOT_INO = 1;
const GENERATIONS = 256;

/**
 * The first 16 hex digits of the identities that an agent makes; never all zeros, so never the root's. `idsFrom`: the
 * remote's revision when it was joined.
 */
export function nodePrefix(agent: string, idsFrom: number): string {
  const id = idsFrom === 0 ? agent : sha256(Buffer.from(`${agent} ${idsFrom}`));
  const digits = id.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
  const prefix = digits.slice(0, 16).padEnd(16, 'f');
  return prefix === '0'.repeat(16) ? 'f'.repeat(16) : prefix;
}

export class NodeInos {
  readonly #reader: StoreReader;
  readonly #remote: number;
  readonly #prefix: string;
  readonly #isFiltered: boolean;
  readonly #adopted = new Map<NodeId, number>();
  readonly #nodes = new Map<number, NodeId>([[ROOT_INO, ROOT_NODE]]);
  #isConcealed: (node: NodeId) => boolean = () => false;

  /** The answer before: the entries of a directory come one after the other. */
  #lastNode: NodeId = '';
  #lastIno = 0;

  constructor(reader: StoreReader, remote: number, agent: string, options: { isFiltered?: boolean } = {}) {
    this.#reader = reader;
    this.#remote = remote;
    this.#prefix = nodePrefix(agent, reader.idsFrom(remote));
    this.#isFiltered = options.isFiltered === true;
  }

  nodeOf(ino: number): NodeId {
    const known = this.#nodes.get(ino);
    if (known !== undefined) return known;
    const base = this.#reader.baseNodeOfIno(this.#remote, ino);
    const node = base?.node ?? this.freshNode(ino, () => false);
    this.#nodes.set(ino, node);
    return node;
  }

  /** An identity for an inode that the remote has not given to anything else, as far as is known or `isTaken` says. */
  freshNode(ino: number, isTaken: (node: NodeId) => boolean): NodeId {
    for (let generation = 0; generation < GENERATIONS; generation += 1) {
      const node = this.#made(ino, generation);
      const isFree =
        this.#reader.baseNode(this.#remote, node) === undefined &&
        (!this.#isFiltered || this.#reader.excluded.node(this.#remote, node) === undefined);
      if (isFree && !isTaken(node)) return node;
    }
    return this.#made(ino, 0);
  }

  /** 8 bits of generation, then 56 of inode number. */
  #made(ino: number, generation: number): NodeId {
    return this.#prefix + generation.toString(16).padStart(2, '0') + ino.toString(16).padStart(14, '0');
  }

  /** From now on these nodes are not here, whatever inode they were. */
  conceal(isConcealed: (node: NodeId) => boolean): void {
    this.#isConcealed = isConcealed;
  }

  /** The inode of a node; 0 where there is none here. */
  inoOf(node: NodeId): number {
    return this.#adopted.get(node) ?? (this.#isConcealed(node) ? 0 : this.baseInoOf(node));
  }

  /** The same for the base, which has what is concealed too. */
  inoToRecord(node: NodeId): number {
    return this.#adopted.get(node) ?? this.baseInoOf(node);
  }

  /** The inode under which the base has a node, whatever was adopted since, or that made it; 0 where there is none. */
  baseInoOf(node: NodeId): number {
    return this.inoInBase(node) || this.#inoOfMade(node);
  }

  /** 0 for a node that the base does not have: its inode may be another one there by now. */
  inoInBase(node: NodeId): number {
    if (node === ROOT_NODE) return ROOT_INO;
    if (node !== this.#lastNode) {
      this.#lastIno = this.#reader.baseNode(this.#remote, node)?.ino ?? 0;
      this.#lastNode = node;
    }
    return this.#lastIno;
  }

  /** An inode that goes on as another node is not the one that it was, should that come back. */
  #inoOfMade(node: NodeId): number {
    if (!node.startsWith(this.#prefix)) return 0;
    const ino = Number.parseInt(node.slice(18), 16);
    return this.nodeOf(ino) === node ? ino : 0;
  }

  /** From now on the inode is that node: it turned out to be the same on both sides. */
  adopt(local: NodeId, remote: NodeId): void {
    this.#adopted.set(remote, this.inoOf(local));
  }
}

/**
 * The kernel's node ids: which inode each stands for, and how often the kernel has looked it up.
 *
 * A node id names one content version of an inode. It equals the inode number until a pull replaces the content while
 * the kernel knows the file: then the old node id goes on with the old content (kept under an inode of its own), and
 * the inode gets a fresh node id. Node ids of the second kind begin at 2^52, where no inode number comes.
 */

const FIRST_VERSION_NODE = 2 ** 52;

interface Superseded {
  /** Inode that keeps the old content. */
  readonly ino: number;
  /** What stat goes on showing. */
  readonly shownIno: number;
}

export class NodeTable {
  readonly #lookups = new Map<number, number>();
  /** How many of a node's lookups are pins. */
  readonly #pins = new Map<number, number>();
  readonly #superseded = new Map<number, Superseded>();
  /** Inode number to its current node id, and back, where they differ. */
  readonly #currentNode = new Map<number, number>();
  readonly #currentIno = new Map<number, number>();
  readonly #shown = new Map<number, number>();
  #nextVersion = FIRST_VERSION_NODE;

  /** Nodes that the kernel knows. */
  get size(): number {
    return this.#lookups.size;
  }

  nodeOf(ino: number): number {
    return this.#currentNode.size === 0 ? ino : (this.#currentNode.get(ino) ?? ino);
  }

  inoOf(node: number): number {
    if (this.#superseded.size !== 0) {
      const old = this.#superseded.get(node);
      if (old !== undefined) return old.ino;
    }
    return node < FIRST_VERSION_NODE ? node : (this.#currentIno.get(node) ?? 0);
  }

  shownIno(ino: number): number {
    return this.#shown.size === 0 ? ino : (this.#shown.get(ino) ?? ino);
  }

  isKnown(node: number): boolean {
    return this.#lookups.has(node);
  }

  /** True where an inode, under its current or an old node id, is known to the kernel. */
  isHeld(ino: number): boolean {
    return this.#lookups.has(this.nodeOf(ino)) || this.#shown.has(ino);
  }

  remember(node: number): void {
    this.#lookups.set(node, (this.#lookups.get(node) ?? 0) + 1);
  }

  /** Returns the inode number whose last node went, or 0 while the kernel still knows it. */
  forget(node: number, count: number): number {
    const left = (this.#lookups.get(node) ?? 0) - count;
    if (left > 0) {
      this.#lookups.set(node, left);
      return 0;
    }
    this.#lookups.delete(node);
    const ino = this.inoOf(node);
    const old = this.#superseded.get(node);
    if (old !== undefined) {
      this.#superseded.delete(node);
      this.#shown.delete(old.ino);
    } else if (this.#currentIno.delete(node)) {
      // The next lookup gives the inode number itself again, unless that still means old content.
      if (!this.#superseded.has(ino)) this.#currentNode.delete(ino);
      else this.#freshNode(ino);
    }
    return ino;
  }

  /** Gives the inode a fresh node id; the old one goes on as `keeperIno`, which holds the old content. */
  supersede(ino: number, keeperIno: number): void {
    const old = this.nodeOf(ino);
    this.#superseded.set(old, { ino: keeperIno, shownIno: ino });
    this.#shown.set(keeperIno, ino);
    this.#currentIno.delete(old);
    this.#freshNode(ino);
  }

  /** The keeper's content is the inode's again, and the other way round: their newest node ids change places. */
  swap(ino: number, keeperIno: number): void {
    const current = this.nodeOf(ino);
    for (const [node, old] of this.#superseded) {
      if (old.ino !== keeperIno) continue;
      this.#superseded.delete(node);
      this.#currentIno.delete(current);
      this.#currentNode.delete(ino);
      if (node !== ino) {
        this.#currentNode.set(ino, node);
        this.#currentIno.set(node, ino);
      }
      if (this.#lookups.has(current)) this.#superseded.set(current, old);
      else this.#shown.delete(keeperIno);
      return;
    }
  }

  /** A lookup that is not the kernel's: an open file of a program that uses the SDK. */
  pin(node: number): void {
    this.remember(node);
    this.#pins.set(node, (this.#pins.get(node) ?? 0) + 1);
  }

  /** Returns what `forget` does. */
  unpin(node: number): number {
    const left = (this.#pins.get(node) ?? 0) - 1;
    if (left > 0) this.#pins.set(node, left);
    else this.#pins.delete(node);
    return this.forget(node, 1);
  }

  /** The kernel has forgotten everything: the mount has gone. Returns the inodes that nobody holds any more. */
  clear(): number[] {
    const kernels = [...this.#lookups].map(
      ([node, count]) => [node, count - (this.#pins.get(node) ?? 0)] as const,
    );
    return kernels.flatMap(([node, count]) => (count > 0 ? this.forget(node, count) || [] : []));
  }

  #freshNode(ino: number): void {
    const node = this.#nextVersion;
    this.#nextVersion += 1;
    this.#currentNode.set(ino, node);
    this.#currentIno.set(node, ino);
  }
}

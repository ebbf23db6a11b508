/**
 * Carries a pull's steps out on the owner's main thread, in slices, so that the mount goes on answering.
 *
 * Each slice is one or more commits of that remote's origin; the event loop runs between slices. A step whose inode or
 * entry somebody here touched since the round began is refused and counted: the next round decides it anew. A move is an
 * entry set and the old one taken away right after; the two are never in different slices.
 */
import type { ImportedAttributes, Importer, Vfs } from '../../vfs/index.js';
import type { NodeId, NodeKind, NodeVersion } from '../core/tree.js';
import { parseXattrText } from '../core/xattr-text.js';
import type { NodeReference, RoundEnd, SyncStep } from '../steps.js';
import { rowOfVersion } from './base-tree.js';

/** How long the main thread is held at a time, milliseconds. */
const SLICE_MS = 2;

const TYPE_BITS: Readonly<Record<NodeKind, number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  fifo: 0o010000,
  socket: 0o140000,
  block: 0o060000,
  character: 0o020000,
};

export interface ApplyOptions {
  /** Keep set-user-id and set-group-id bits, and device nodes, that a remote sends. */
  readonly trustPrivileges: boolean;
}

export class Applier {
  readonly #importer: Importer;
  readonly #remote: number;
  readonly #made = new Map<NodeId, number>();
  readonly #options: ApplyOptions;

  constructor(vfs: Vfs, remote: number, options: ApplyOptions) {
    this.#importer = vfs.importer(remote);
    this.#remote = remote;
    this.#options = options;
  }

  begin(): void {
    this.#made.clear();
    this.#importer.begin();
  }

  end(): void {
    this.#importer.end();
    this.#made.clear();
  }

  stage(): number {
    return this.#importer.run(() => this.#importer.stage());
  }

  fill(ino: number, offset: number, bytes: Uint8Array): void {
    this.#importer.run(() => this.#importer.fill(ino, offset, bytes));
  }

  unstage(ino: number): void {
    this.#importer.run(() => this.#importer.unstage(ino));
  }

  /** Returns how many steps were refused. */
  async apply(steps: readonly SyncStep[]): Promise<number> {
    let refused = 0;
    for (let at = 0; at < steps.length; ) {
      const until = performance.now() + SLICE_MS;
      at = this.#importer.run(() => {
        let i = at;
        do {
          if (!this.#step(steps[i]!)) refused += 1;
          i += 1;
        } while (i < steps.length && (performance.now() < until || isSecondHalf(steps[i]!)));
        return i;
      });
      if (at < steps.length) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return refused;
  }

  finish(end: RoundEnd, atMs: number): void {
    const { syncState } = this.#importer;
    this.#importer.run(() =>
      this.#importer.also(() => {
        if (end.conflicts !== undefined) syncState.setConflicts(end.remote, end.conflicts, atMs);
        if (end.cursor !== undefined) syncState.setCursor(end.remote, end.cursor);
        if (end.pushedSeq !== undefined) syncState.setPushed(end.remote, end.pushedSeq);
        if (end.incarnation !== undefined) syncState.setIncarnation(end.remote, end.incarnation);
        if (end.state !== undefined) syncState.setState(end.remote, end.state);
      }),
    );
  }

  #ino(reference: NodeReference): number {
    return reference.ino !== 0 ? reference.ino : (this.#made.get(reference.id) ?? 0);
  }

  /** False where it was refused. */
  #step(step: SyncStep): boolean {
    switch (step.type) {
      case 'node':
        return this.#putNode(step);
      case 'remove':
        return this.#removeNode(step);
      case 'entry':
        return step.node === null ? this.#unlink(step) : this.#link(step, step.node);
      case 'base-node':
        return this.#recordNode(step.node, step.version);
      case 'base-entry':
        return this.#recordEntry(step);
    }
  }

  #putNode(step: Extract<SyncStep, { type: 'node' }>): boolean {
    const { version, content } = step;
    let ino = this.#ino(step.node);
    const attributes = this.#attributes(version);
    if (ino === 0 || !this.#importer.exists(ino)) {
      ino = this.#importer.create(attributes, content.kind === 'target' ? content.target : undefined);
      this.#made.set(step.node.id, ino);
      if (content.kind === 'bytes') this.#importer.fill(ino, 0, content.bytes);
      if (content.kind === 'stage') this.#importer.publish(ino, content.ino, []);
    } else {
      if (this.#importer.isTouched(ino)) return false;
      if (content.kind === 'bytes') this.#importer.overwrite(ino, content.bytes, step.places);
      if (content.kind === 'stage') this.#importer.publish(ino, content.ino, step.places);
    }
    this.#importer.setAttributes(ino, attributes);
    if (step.record) this.#recordNode({ id: step.node.id, ino }, version);
    return true;
  }

  #removeNode(step: Extract<SyncStep, { type: 'remove' }>): boolean {
    const ino = this.#ino(step.node);
    if (ino !== 0) {
      if (this.#importer.isTouched(ino)) return false;
      if (!this.#importer.isUnnamed(ino)) return false;
      this.#importer.remove(ino);
    }
    if (step.record) this.#recordNode(step.node, null);
    return true;
  }

  #link(step: Extract<SyncStep, { type: 'entry' }>, node: NodeReference): boolean {
    const parentIno = this.#ino(step.parent);
    const ino = this.#ino(node);
    if (parentIno === 0 || ino === 0 || !this.#importer.exists(parentIno) || !this.#importer.exists(ino))
      return false;
    const there = this.#importer.entry(parentIno, step.name);
    if (there !== ino) {
      if (this.#importer.isEntryTouched(parentIno, step.name)) return false;
      this.#importer.link(parentIno, step.name, ino);
    }
    if (step.record) this.#recordEntry(step);
    return true;
  }

  #unlink(step: Extract<SyncStep, { type: 'entry' }>): boolean {
    const parentIno = this.#ino(step.parent);
    if (parentIno !== 0 && this.#importer.exists(parentIno)) {
      const there = this.#importer.entry(parentIno, step.name);
      if (there !== 0) {
        if (this.#importer.isEntryTouched(parentIno, step.name)) return false;
        if (step.removes && (this.#importer.isTouched(there) || !this.#importer.isRemovable(there)))
          return false;
        this.#importer.unlink(parentIno, step.name);
      }
    }
    if (step.record) this.#recordEntry(step);
    return true;
  }

  #recordNode(node: NodeReference, version: NodeVersion | null): boolean {
    const { syncState } = this.#importer;
    const ino = this.#ino(node);
    if (version === null) this.#importer.also(() => syncState.deleteNode(this.#remote, node.id));
    else if (ino !== 0) {
      const row = rowOfVersion(ino, node.id, version);
      this.#importer.also(() => syncState.putNode(this.#remote, row));
    }
    return true;
  }

  #recordEntry(step: {
    readonly parent: NodeReference;
    readonly name: string;
    readonly node: NodeReference | null;
    readonly revision: number;
  }): boolean {
    const { syncState } = this.#importer;
    const parentIno = this.#ino(step.parent);
    const { name, revision } = step;
    if (parentIno === 0) return true;
    if (step.node === null) this.#importer.also(() => syncState.deleteEntry(this.#remote, parentIno, name));
    else {
      const ino = this.#ino(step.node);
      if (ino !== 0)
        this.#importer.also(() => syncState.putEntry(this.#remote, { parentIno, name, ino, revision }));
    }
    return true;
  }

  #attributes(version: NodeVersion): ImportedAttributes {
    const trusted = this.#options.trustPrivileges;
    const isDevice = version.kind === 'block' || version.kind === 'character';
    const type = isDevice && !trusted ? TYPE_BITS.file : TYPE_BITS[version.kind];
    const keepsBits = trusted || version.kind === 'directory';
    return {
      mode: type | (keepsBits ? version.mode : version.mode & 0o1777),
      uid: version.uid,
      gid: version.gid,
      rdev: isDevice && !trusted ? 0 : version.rdev,
      mtimeSec: version.mtimeSec,
      mtimeNsec: version.mtimeNsec,
      xattrs: decodeXattrs(version.xattrs),
    };
  }
}

/** The removal that belongs to the entry set before it. */
function isSecondHalf(step: SyncStep): boolean {
  return step.type === 'entry' && step.node === null;
}

function decodeXattrs(text: string): ReadonlyMap<string, Uint8Array> {
  return new Map(parseXattrText(text).map(([name, value]) => [name, Buffer.from(value, 'base64')]));
}

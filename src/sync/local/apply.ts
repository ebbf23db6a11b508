/**
 * Carries a pull's steps out on the owner's main thread, in slices, so that the mount goes on answering.
 *
 * Each slice is one or more commits of that remote's origin; the event loop runs between slices. A step whose inode or
 * entry somebody here touched since the round began is refused and counted: the next round decides it anew. A move is an
 * entry set and the old one taken away right after; the two are never in different slices, and neither are a node that
 * loses its place to another and the step that gives it its new one. The base gets a new node with its first entry, and
 * loses one that is removed with its last: a crash in between leaves neither, since what has no name is swept at the next
 * opening.
 */
import { AgentFsError, type Clock, systemClock, systemTimers, type Timers } from '../../base/index.js';
import type { BaseNodeRow } from '../../store/index.js';
import type { ImportedAttributes, Importer, Vfs } from '../../vfs/index.js';
import type { NodeId, NodeVersion } from '../core/tree.js';
import type {
  AgreedRows,
  Keepsake,
  NewNodeStep,
  NodeReference,
  PlacedEntry,
  RoundEnd,
  StagePart,
  StepContent,
  SyncStep,
} from '../steps.js';
import { attributesOf, droppedOf, NOTHING_DROPPED, type TrustOptions, withPrivileges } from './attributes.js';
import { rowOfVersion } from './base-tree.js';
import { CommitNotes } from './commit-notes.js';
import { setExcluded } from './excluded-step.js';
import { Hydration } from './hydrate.js';
import { type EntryStep, isPlacing, type PlacingStep, PlacingSteps } from './placing-step.js';
import { writeRoundEnd } from './round-end.js';

/** How long the main thread is held at a time, milliseconds. */
const SLICE_MS = 2;
/** Rows of the base that are written in about that time. */
const SLICE_ROWS = 512;

export interface ApplyOptions extends TrustOptions {
  readonly clock?: Clock;
  readonly timers?: Timers;
}

export class Applier {
  readonly commits: CommitNotes;
  readonly #importer: Importer;
  readonly #remote: number;
  readonly #options: ApplyOptions;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #made = new Map<NodeId, number>();
  /** Inodes made in this round that have no entry yet, with what the base gets when they have one. */
  readonly #unnamed = new Map<number, BaseNodeRow | undefined>();
  /** Nodes whose place another one took, until they have their new place. */
  readonly #homeless = new Set<number>();
  /** Directories that have two names, or none any more and something in them: until a later step ends that. */
  readonly #unsettled = new Set<number>();
  /** Of the steps being carried out, those that give nodes their places. */
  #placing = new PlacingSteps();
  readonly #stages = new Set<number>();
  #hydration: Hydration | undefined;
  /** Inodes whose content has to outlive their names. */
  readonly #keeping = new Set<number>();
  #round = 0;

  constructor(vfs: Vfs, remote: number, options: ApplyOptions) {
    this.#importer = vfs.importer(remote);
    this.#remote = remote;
    this.commits = new CommitNotes(this.#importer, remote);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#timers = options.timers ?? systemTimers;
  }

  begin(): void {
    this.end();
    this.#importer.begin();
  }

  /** What the round made and did not give a place goes. */
  end(): void {
    this.#round += 1;
    const left = [...this.#stages, ...this.#unnamed.keys()];
    const keeping = [...this.#keeping];
    this.#importer.end();
    this.#made.clear();
    this.#unnamed.clear();
    this.#homeless.clear();
    this.#unsettled.clear();
    this.#stages.clear();
    this.#hydration?.end();
    this.#hydration = undefined;
    this.#keeping.clear();
    if (left.length + keeping.length === 0) return;
    this.#importer.run(() => {
      for (const ino of keeping) this.#importer.settleKept(ino);
      for (const ino of left) this.#importer.unstage(ino);
    });
  }

  stage(): number {
    const ino = this.#importer.run(() => this.#importer.stage());
    this.#stages.add(ino);
    return ino;
  }

  fill({ ino, offset, bytes, size }: StagePart): void {
    this.#importer.run(() => {
      if (bytes.length > 0) this.#importer.fill(ino, offset, bytes);
      if (size !== undefined) this.#importer.extend(ino, size);
    });
  }

  isPatchable(ino: number): boolean {
    return this.#importer.isPatchable(ino);
  }

  unstage(ino: number): void {
    this.#stages.delete(ino);
    this.#importer.run(() => this.#importer.unstage(ino));
  }

  /** Returns how many steps were refused. */
  async apply(steps: readonly SyncStep[]): Promise<number> {
    let refused = 0;
    const round = this.#round;
    this.#placing = new PlacingSteps(steps, (reference) => this.#ino(reference));
    for (let at = 0; at < steps.length; ) {
      if (round !== this.#round) throw new AgentFsError('CLOSED', 'the round ended', { operation: 'pull' });
      const until = this.#clock.monotonicMs() + SLICE_MS;
      at = this.#importer.run(() => {
        let i = at;
        do {
          if (!this.#step(steps[i]!)) {
            refused += 1;
            this.#noteRefused(steps[i]!);
          }
          i += 1;
        } while (i < steps.length && (this.#clock.monotonicMs() < until || this.#mustGoOn(steps[i]!)));
        return i;
      });
      if (at < steps.length) await this.#timers.turn();
    }
    return refused;
  }

  /** Makes nodes in a workspace that was empty when the round began. Returns how many steps were refused. */
  insert(steps: readonly NewNodeStep[]): Promise<number> {
    this.#hydration ??= new Hydration(this.#importer, this.#remote, {
      ...this.#options,
      timers: this.#timers,
    });
    return this.#hydration.insert(steps);
  }

  /** Puts into the base what it has nothing of. */
  async agree({ nodes, entries, manifests, commit }: AgreedRows): Promise<void> {
    const round = this.#round;
    const { syncState } = this.#importer;
    const rows = nodes.length + entries.length;
    for (let at = 0; at < rows; at += SLICE_ROWS) {
      if (round !== this.#round) throw new AgentFsError('CLOSED', 'the round ended', { operation: 'push' });
      this.#importer.run(() =>
        this.#importer.also(() => {
          for (const node of nodes.slice(at, at + SLICE_ROWS))
            syncState.addNode(this.#remote, { ...node, revision: commit.revision });
          if (at === 0) syncState.sentCommits.arrived(commit);
          if (at === 0) for (const row of manifests) syncState.putManifest(this.#remote, row);
          // Entries come after all nodes.
          for (const entry of entries.slice(
            Math.max(0, at - nodes.length),
            Math.max(0, at + SLICE_ROWS - nodes.length),
          ))
            syncState.addEntry(this.#remote, { ...entry, revision: commit.revision });
        }),
      );
      if (at + SLICE_ROWS < rows) await this.#timers.turn();
    }
  }

  dropKept(ids: readonly string[]): void {
    this.#importer.run(() => this.#importer.dropKept(ids));
  }

  finish(end: RoundEnd, atMs: number): void {
    const { syncState } = this.#importer;
    this.#importer.run(() => this.#importer.also(() => writeRoundEnd(syncState, end, atMs)));
  }

  /** What was made in this round goes before what the worker knew: a node may come back that was gone here. */
  #ino(reference: NodeReference): number {
    return this.#made.get(reference.id) ?? reference.ino;
  }

  /** A crash before `next` would leave a node without a name, or in a directory without one, or with one too many. */
  #mustGoOn(next: SyncStep): boolean {
    return this.#homeless.size + this.#unsettled.size > 0 || (next.type === 'entry' && next.node === null);
  }

  /** False where it was refused. */
  #step(step: SyncStep): boolean {
    switch (step.type) {
      case 'node':
        return this.#putNode(step);
      case 'remove':
        return this.#removeNode(step);
      case 'keep':
        return this.#keepNode(step);
      case 'entry':
        return isPlacing(step) ? this.#link(step) : this.#unlink(step);
      case 'adopt':
        return this.#adopt(step.node);
      case 'base-node':
        if (step.notes) this.#noteNode(this.#ino(step.node));
        this.#recordManifest(this.#ino(step.node), step);
        return this.#recordNode(step.node, step.version, step.dropped);
      case 'base-entry':
        if (step.notes) this.#noteEntry(step);
        return this.#recordEntry(step);
      case 'commit':
        this.commits.arrived(step);
        return true;
      case 'excluded-node':
      case 'excluded-entry':
        this.#importer.also(() => setExcluded(this.#importer.syncState.excluded, this.#remote, step));
        return true;
    }
  }

  #putNode(step: Extract<SyncStep, { type: 'node' }>): boolean {
    const { version, content } = step;
    let ino = this.#ino(step.node);
    const attributes = attributesOf(version, this.#options);
    if (ino === 0 || !this.#importer.exists(ino)) {
      // Somebody here has just removed it: that is for the next round to decide.
      if (ino !== 0 && this.#importer.isTouched(ino)) return false;
      // What was built where nothing can be patched is gone: the next round looks again.
      if (content.kind === 'patch') return false;
      ino = this.#makeNode(content, attributes);
      this.#made.set(step.node.id, ino);
      this.#unnamed.set(
        ino,
        step.record
          ? rowOfVersion({ ino, id: step.node.id }, version, droppedOf(version, attributes))
          : undefined,
      );
      if (content.kind === 'bytes') this.#importer.fill(ino, 0, content.bytes);
      this.#importer.setAttributes(ino, attributes);
      if (step.record) this.#recordManifest(ino, step);
      else this.#noteNode(ino);
      return true;
    }
    if (this.#importer.isTouched(ino)) return false;
    if (content.kind === 'bytes')
      this.#importer.overwrite(ino, content.bytes, { places: step.places, keep: step.keep });
    else if (content.kind === 'stage') this.#publish(ino, content.ino, step);
    else if (content.kind === 'patch') {
      if (!this.#importer.isPatchable(ino)) return false;
      this.#importer.patch(ino, content);
    } else if (step.keep !== undefined) this.#importer.keepAttributes(step.keep);
    const here = this.#importer.privileges(ino);
    const set = content.kind === 'keep' ? withPrivileges(attributes, version, here) : attributes;
    this.#importer.setAttributes(ino, set);
    if (step.record) {
      this.#recordManifest(ino, step);
      this.#recordNode({ id: step.node.id, ino }, version, droppedOf(version, set));
    } else this.#noteNode(ino);
    return true;
  }

  /** A stage becomes the new node itself: its content moves nowhere. */
  #makeNode(content: StepContent, attributes: ImportedAttributes): number {
    if (content.kind !== 'stage')
      return this.#importer.create(attributes, content.kind === 'target' ? content.target : undefined);
    this.#stages.delete(content.ino);
    return content.ino;
  }

  #publish(
    ino: number,
    stage: number,
    to: { readonly places: readonly PlacedEntry[]; readonly keep?: Keepsake },
  ): void {
    this.#importer.publish(ino, stage, to);
    this.#stages.delete(stage);
  }

  /** Written ahead of the removal, so that a crash in between sweeps nothing away. */
  #keepNode({ node, keep }: Extract<SyncStep, { type: 'keep' }>): boolean {
    const ino = this.#ino(node);
    if (ino === 0 || !this.#importer.exists(ino) || this.#importer.isTouched(ino)) return true;
    if (this.#importer.keepOnRemoval(ino, keep)) this.#keeping.add(ino);
    return true;
  }

  #removeNode(step: Extract<SyncStep, { type: 'remove' }>): boolean {
    const ino = this.#ino(step.node);
    this.#unsettled.delete(ino);
    if (ino !== 0) {
      if (this.#importer.isTouched(ino)) return false;
      if (!this.#importer.isUnnamed(ino) || !this.#importer.isRemovable(ino)) return false;
      if (this.#keeping.delete(ino)) this.#importer.settleKept(ino);
      else this.#importer.remove(ino);
    }
    if (step.record) this.#recordNode(step.node, null);
    else this.#noteNode(ino);
    return true;
  }

  /**
   * False where `step` would be refused, or would leave what it displaces without a name since the step that places that
   * would be refused.
   */
  #mayPlace(step: PlacingStep, asked = new Set<PlacingStep>()): boolean {
    if (asked.has(step)) return true;
    asked.add(step);
    if (!this.#mayLeave(step, asked)) return false;
    const parentIno = this.#ino(step.parent);
    if (!this.#importer.exists(parentIno) || this.#unnamed.has(parentIno)) {
      const home = this.#placing.homeOf(step.parent.id);
      return home !== undefined && this.#mayPlace(home, asked);
    }
    const there = this.#importer.entry(parentIno, step.name);
    if (there !== 0 && there === this.#ino(step.node)) return true;
    if (this.#importer.isEntryTouched(parentIno, step.name) || this.#closesCircle(step, asked)) return false;
    if (there === 0) return true;
    if (step.removes) return !this.#importer.isTouchedBelow(there);
    if (!this.#importer.isOnlyName(there)) return true;
    const home = step.displaces === undefined ? undefined : this.#placing.homeOf(step.displaces);
    return home !== undefined && this.#mayPlace(home, asked);
  }

  /** True for a directory whose new place is below it by now: somebody here moved that there meanwhile. */
  #closesCircle(step: PlacingStep, asked: Set<PlacingStep>): boolean {
    const moved = this.#ino(step.node);
    if (!this.#importer.isDirectory(moved) || this.#unnamed.has(moved)) return false;
    return this.#placing.isBelow(step.parent, moved, {
      above: (ino) => this.#importer.directoryAbove(ino),
      mayPlace: (home) => this.#mayPlace(home, asked),
    });
  }

  /**
   * Whether a node leaves the names that the plan saw: somebody here may have moved it meanwhile, or what takes its place
   * may be refused. A directory must not get a second name.
   */
  #mayLeave({ node, from }: PlacingStep, asked: Set<PlacingStep>): boolean {
    const ino = this.#ino(node);
    return from.every(({ parentIno, name }) => {
      if (!this.#importer.exists(parentIno)) return true;
      const isThere = this.#importer.entry(parentIno, name) === ino;
      if (this.#importer.isEntryTouched(parentIno, name)) return isThere && !this.#importer.isDirectory(ino);
      const next = this.#placing.at(parentIno, name);
      return !isThere || next === undefined || next.node.id === node.id || this.#mayPlace(next, asked);
    });
  }

  /**
   * A directory must never get a second name. Where it has one that the plan does not know of, what is remembered is
   * wrong, and the log is told where it is.
   */
  #standsElsewhere({ from }: PlacingStep, ino: number): boolean {
    if (!this.#importer.isDirectory(ino) || this.#unnamed.has(ino) || this.#homeless.has(ino)) return false;
    const isKnown = from.some(
      (place) =>
        this.#importer.exists(place.parentIno) && this.#importer.entry(place.parentIno, place.name) === ino,
    );
    const place = isKnown ? undefined : this.#importer.placeOf(ino);
    if (place === undefined) return false;
    this.#importer.also(() => this.#importer.syncState.noteEntry({ ...place, ino }));
    return true;
  }

  #link(step: PlacingStep): boolean {
    const parentIno = this.#ino(step.parent);
    const ino = this.#ino(step.node);
    if (parentIno === 0 || ino === 0 || !this.#importer.exists(parentIno) || !this.#importer.exists(ino))
      return false;
    // A directory that was made and got no name has to go again, and must be empty then.
    if (this.#unnamed.has(parentIno)) return false;
    const there = this.#importer.entry(parentIno, step.name);
    if (there !== ino) {
      if (!this.#mayPlace(step) || this.#standsElsewhere(step, ino)) return false;
      if (step.removes && !this.#importer.isRemovable(there)) this.#unsettled.add(there);
      else this.#unsettled.delete(there);
      this.#importer.link(parentIno, step.name, { ino, displaced: step.removes ? 'goes' : 'stays' });
      if (step.removes) this.#recordGone(there);
      this.#homeless.delete(ino);
      if (this.#importer.isDirectory(ino) && !this.#importer.isOnlyName(ino)) this.#unsettled.add(ino);
      if (there !== 0 && !step.removes && this.#importer.isUnnamed(there)) this.#homeless.add(there);
    }
    this.#recordMade(ino);
    if (step.record) this.#recordEntry(step);
    else this.#noteEntry(step);
    for (const seen of step.seen ?? []) {
      // What somebody here has touched meanwhile was not what was decided.
      if (seen.type === 'base-entry' || !this.#importer.isTouched(this.#ino(seen.node))) this.#step(seen);
    }
    return true;
  }

  #recordMade(ino: number): void {
    const row = this.#unnamed.get(ino);
    this.#unnamed.delete(ino);
    if (row !== undefined) this.#importer.also(() => this.#importer.syncState.putNode(this.#remote, row));
  }

  #unlink(step: EntryStep): boolean {
    const parentIno = this.#ino(step.parent);
    if (parentIno !== 0 && this.#importer.exists(parentIno)) {
      const there = this.#importer.entry(parentIno, step.name);
      if (there !== 0) {
        if (this.#importer.isEntryTouched(parentIno, step.name)) return false;
        if (step.removes && (this.#importer.isTouched(there) || !this.#importer.isRemovable(there)))
          return false;
        // Its new name was refused: it keeps this one.
        if (!step.removes && this.#importer.isOnlyName(there)) return false;
        this.#importer.unlink(parentIno, step.name);
        this.#unsettled.delete(there);
        if (step.removes) this.#recordGone(there);
      }
    }
    if (step.record) this.#recordEntry(step);
    else this.#noteEntry(step);
    return true;
  }

  /** A node of the base that has no name and is not here would be met as one that nobody has removed. */
  #recordGone(ino: number): void {
    const node = this.#placing.removedAs(ino);
    if (node !== undefined && this.#importer.isUnnamed(ino) && this.#importer.isRemovable(ino))
      this.#recordNode(node, null);
  }

  #adopt({ id, ino }: NodeReference): boolean {
    this.#importer.also(() => this.#importer.syncState.adoptNode(this.#remote, id, ino));
    return true;
  }

  #recordNode(node: NodeReference, version: NodeVersion | null, dropped = NOTHING_DROPPED): boolean {
    const { syncState } = this.#importer;
    const ino = this.#ino(node);
    if (version === null) this.#importer.also(() => syncState.deleteNode(this.#remote, node.id));
    else if (ino !== 0) {
      const row = rowOfVersion({ ino, id: node.id }, version, dropped);
      this.#importer.also(() => syncState.putNode(this.#remote, row));
    }
    return true;
  }

  /** Remembers the chunks of a large file's content, so that an edit of it is cut anew only where it was made. */
  #recordManifest(ino: number, step: Extract<SyncStep, { type: 'node' | 'base-node' }>): void {
    const { node, version, manifest } = step;
    if (manifest === undefined || version === null || ino === 0) return;
    const row = { ino, node: node.id, hash: version.hash, manifest };
    this.#importer.also(() => this.#importer.syncState.putManifest(this.#remote, row));
  }

  /** The push may go through all the same, and then the base has what is not here. */
  #noteRefused(step: SyncStep): void {
    if (!('record' in step) || step.record) return;
    if (step.type === 'entry') this.#noteEntry(step);
    else this.#noteNode(this.#ino(step.node));
  }

  #noteNode(ino: number): void {
    if (ino !== 0) this.#importer.also(() => this.#importer.syncState.noteInode(ino));
  }

  #noteEntry(step: Pick<EntryStep, 'parent' | 'name' | 'node'>): void {
    const parentIno = this.#ino(step.parent);
    const ino = step.node === null ? 0 : this.#ino(step.node);
    if (parentIno !== 0)
      this.#importer.also(() => this.#importer.syncState.noteEntry({ parentIno, name: step.name, ino }));
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
      const row = { parentIno, name, ino: this.#ino(step.node), revision };
      const nodes = { parent: step.parent.id, node: step.node.id };
      this.#importer.also(() => syncState.putEntry(this.#remote, row, nodes));
    }
    return true;
  }
}

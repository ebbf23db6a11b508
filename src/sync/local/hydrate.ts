/**
 * Fills an empty workspace from a remote, on the owner's main thread: whole nodes with their names, in slices.
 *
 * Unlike `apply` it goes past the live objects of the vfs, since nobody has seen what it makes. A name that somebody here
 * made meanwhile is refused, with everything below it: the next round decides.
 */
import { AgentFsError, type Timers } from '../../base/index.js';
import type { ImportedNode, Importer } from '../../vfs/index.js';
import { type NodeId, ROOT_NODE } from '../core/tree.js';
import type { NewNodeStep } from '../steps.js';
import { attributesOf, droppedOf, type TrustOptions } from './attributes.js';
import { rowOfVersion } from './base-tree.js';

const ROOT_INO = 1;
/** One commit: about 2 ms of the main thread. */
const SLICE_NODES = 96;
const SLICE_BYTES = 512 * 1024;

export interface HydrationOptions extends TrustOptions {
  readonly timers: Timers;
}

interface Made {
  readonly step: NewNodeStep;
  readonly node: ImportedNode;
}

export class Hydration {
  readonly #importer: Importer;
  readonly #remote: number;
  readonly #options: HydrationOptions;
  readonly #inos = new Map<NodeId, number>([[ROOT_NODE, ROOT_INO]]);
  /** The last of the inserts: the next waits for it, and fails with it. */
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;

  /** `importer` has begun a round. */
  constructor(importer: Importer, remote: number, options: HydrationOptions) {
    this.#importer = importer;
    this.#remote = remote;
    this.#options = options;
  }

  /** Carries steps out after those of the calls before. Resolves with how many were refused. */
  insert(steps: readonly NewNodeStep[]): Promise<number> {
    const done = this.#last.then(() => this.#insert(steps));
    this.#last = done;
    // Those that wait already are not to be tried without this one; who asks later is.
    done.catch(() => {
      this.#last = Promise.resolve();
    });
    return done;
  }

  /** The round is over: what waits fails. */
  end(): void {
    this.#ended = true;
  }

  async #insert(steps: readonly NewNodeStep[]): Promise<number> {
    let refused = 0;
    for (let at = 0; at < steps.length; ) {
      if (this.#ended) throw new AgentFsError('CLOSED', 'the round ended', { operation: 'pull' });
      const done = this.#importer.run(() => this.#slice(steps, at));
      at += done.taken;
      refused += done.refused;
      if (at < steps.length) await this.#options.timers.turn();
    }
    return refused;
  }

  /** Carries out steps from `at` on, as many as one slice takes. Returns how many it took, and refused. */
  #slice(steps: readonly NewNodeStep[], at: number): { readonly taken: number; readonly refused: number } {
    const made: Made[] = [];
    const fresh = new Set<number>();
    let bytes = 0;
    let taken = 0;
    let refused = 0;
    while (at + taken < steps.length && made.length < SLICE_NODES && bytes < SLICE_BYTES) {
      const step = steps[at + taken]!;
      taken += 1;
      const node = this.#nodeOf(step, fresh);
      if (node === undefined) {
        refused += 1;
        continue;
      }
      made.push({ step, node });
      this.#inos.set(step.id, node.ino);
      if (step.version.kind === 'directory') fresh.add(node.ino);
      bytes += step.bytes?.length ?? 0;
    }
    this.#add(made);
    return { taken, refused };
  }

  /** Undefined where its parent is not there, or somebody here has that name. */
  #nodeOf(step: NewNodeStep, fresh: ReadonlySet<number>): ImportedNode | undefined {
    const { version, name } = step;
    const parentIno = this.#inos.get(step.parent);
    if (parentIno === undefined || !this.#importer.addsNew) return undefined;
    if (!fresh.has(parentIno)) {
      if (!this.#importer.takesEntries(parentIno)) return undefined;
      if (this.#importer.isEntryTouched(parentIno, name)) return undefined;
      // What this round made has only what this round, or somebody here meanwhile, put there.
      if (parentIno === ROOT_INO && this.#importer.entry(parentIno, name) !== 0) return undefined;
    }
    return {
      ino: this.#importer.reserve(),
      attributes: attributesOf(version, this.#options),
      content: version.kind === 'file' ? step.bytes : undefined,
      target: step.target,
      parentIno,
      name,
    };
  }

  #add(made: readonly Made[]): void {
    if (made.length === 0) return;
    const nodes = made.map(({ node }) => node);
    this.#importer.addNew(nodes, () => {
      const { syncState } = this.#importer;
      for (const { step, node } of made) {
        const { id, version, revision, name } = step;
        const { ino, parentIno } = node;
        syncState.addNode(
          this.#remote,
          rowOfVersion({ ino, id }, version, droppedOf(version, node.attributes)),
        );
        syncState.addEntry(this.#remote, { parentIno, name, ino, revision });
      }
    });
  }
}

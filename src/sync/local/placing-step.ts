/**
 * Steps that set or take away an entry, told apart: which of them give a node a place, where all of them together will have
 * put it, and which nodes go for good.
 */
import type { NodeId } from '../core/tree.js';
import type { NodeReference, SyncStep } from '../steps.js';

export type EntryStep = Extract<SyncStep, { type: 'entry' }>;
export type PlacingStep = EntryStep & { readonly node: NodeReference };

export function isPlacing(step: SyncStep): step is PlacingStep {
  return step.type === 'entry' && step.node !== null;
}

export class PlacingSteps {
  readonly #inoOf: (reference: NodeReference) => number;
  readonly #byNode = new Map<NodeId, PlacingStep>();
  readonly #byIno = new Map<number, PlacingStep>();
  /** As `parent's inode/name`. */
  readonly #byPlace = new Map<string, PlacingStep>();
  /** Of those that the remote has not either. */
  readonly #removed = new Map<number, NodeReference>();

  /** `inoOf` is 0 for what is not made yet. */
  constructor(
    steps: readonly SyncStep[] = [],
    inoOf: (reference: NodeReference) => number = ({ ino }) => ino,
  ) {
    this.#inoOf = inoOf;
    for (const step of steps) {
      if (step.type === 'remove' && step.record) this.#removed.set(inoOf(step.node), step.node);
      if (!isPlacing(step)) continue;
      this.#byNode.set(step.node.id, step);
      this.#byIno.set(inoOf(step.node), step);
      this.#byPlace.set(`${inoOf(step.parent)}/${step.name}`, step);
    }
  }

  /** The step that gives a node its place. */
  homeOf(id: NodeId): PlacingStep | undefined {
    return this.#byNode.get(id);
  }

  /** The node that this inode is, where a later step removes it and the remote has it no more. */
  removedAs(ino: number): NodeReference | undefined {
    return this.#removed.get(ino);
  }

  at(parentIno: number, name: string): PlacingStep | undefined {
    return this.#byPlace.get(`${parentIno}/${name}`);
  }

  /**
   * True where `directory` will be `ancestor` (an inode) or stand below it: in the places that steps give, where they may
   * (`mayPlace`), and else in those of now (`above`, 0 where there is none).
   */
  isBelow(
    directory: NodeReference,
    ancestor: number,
    { above, mayPlace }: { above: (ino: number) => number; mayPlace: (step: PlacingStep) => boolean },
  ): boolean {
    const seen = new Set<PlacingStep | number>();
    let at = this.#inoOf(directory);
    let step = this.homeOf(directory.id);
    for (;;) {
      if (at === ancestor) return true;
      const home = step && mayPlace(step) ? step : undefined;
      const mark = home ?? at;
      if (mark === 0 || seen.has(mark)) return false;
      seen.add(mark);
      at = home ? this.#inoOf(home.parent) : above(at);
      step = home ? this.homeOf(home.parent.id) : at === 0 ? undefined : this.#byIno.get(at);
    }
  }
}

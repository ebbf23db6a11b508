/**
 * A node under decision: what the three trees have of it, and what was decided so far. Pure data with few moves.
 *
 * Invariants: `decision` is what both sides get, unless the subject is held, then each side keeps what it has.
 * A decision only goes forward: from the merge to one side's version (`lock` that side), from there to `final`,
 * which is the same side for all subjects. Each step is taken once, and a tree in which all subjects are final is that
 * side's tree, which is valid; that is why structure.ts ends.
 */
import type { Side } from './state.js';
import type { Entry, NodeId, NodeVersion } from './tree.js';

export type Lock = 'free' | Side | 'final';

export interface Presence {
  readonly state: NodeVersion | undefined;
  readonly entries: readonly Entry[];
}

export const ABSENT: Presence = { state: undefined, entries: [] };

export class Subject {
  readonly id: NodeId;
  readonly base: Presence;
  readonly local: Presence;
  readonly remote: Presence;
  decision: Presence = ABSENT;
  /** The state it has if it lives: the merge where both sides have it. */
  merged: NodeVersion | undefined;
  lock: Lock = 'free';
  held = false;
  /** It gave its name up to an equal thing: nothing is lost. */
  absorbed = false;
  /** Who won the place that it lost, where it had no way back: it is in no tree then, though nobody deleted it. */
  oustedBy: Side | undefined;

  constructor(id: NodeId, sides: { base: Presence; local: Presence; remote: Presence }) {
    this.id = id;
    this.base = sides.base;
    this.local = sides.local;
    this.remote = sides.remote;
    this.merged = sides.remote.state ?? sides.local.state;
  }

  get isDirectory(): boolean {
    return (this.local.state ?? this.remote.state ?? this.base.state)?.kind === 'directory';
  }

  /** What a side will have of it. */
  target(side: Side): Presence {
    return this.held ? this[side] : this.decision;
  }

  /** It has what this side has; its state is the merged one where both sides have it. */
  take(side: Side): void {
    if (this[side].state) this.live(this[side].entries);
    else this.die();
  }

  live(entries: readonly Entry[]): void {
    const { merged: state, local, remote } = this;
    const same = [remote, local].find((it) => it.state === state && it.entries === entries);
    this.decision = same ?? { state, entries };
  }

  die(): void {
    this.decision = ABSENT;
  }
}

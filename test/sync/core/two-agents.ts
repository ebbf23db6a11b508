/** Two agents who begin with the same tree and each do their part: the stories that the example tests tell. */
import type { ConflictPolicy } from '#src/sync/core/index.js';
import { type Round, type RoundOptions, sync } from './round.js';
import { Scratch } from './scratch-tree.js';

export type Act = (it: Scratch) => void;

/** Both agents begin with `before`; then each does its part. Later edits have later times. */
export function story(before: Act, here: Act, there: Act) {
  const base = new Scratch();
  before(base);
  const local = new Scratch({ from: base, agent: 'here', salt: 2 });
  const remote = new Scratch({ from: base, agent: 'there', salt: 3 });
  here(local);
  there(remote);
  const three = { base: base.tree, local: local.tree, remote: remote.tree };
  return (policy: ConflictPolicy, options: Partial<RoundOptions> = {}) => sync(three, { policy, ...options });
}

export function conflicts({ plan }: Round) {
  return plan.conflicts.map(({ type, path, winner }) => `${type} ${path} ${winner ?? 'held'}`);
}

export function at(ms: number, act: Act): Act {
  return (it) => {
    it.now = ms;
    act(it);
  };
}

export const nothing: Act = () => {};

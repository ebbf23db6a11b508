/**
 * What one round did, as data.
 */
import type { Conflict, DecidedPlan } from '../core/index.js';
import type { PlannedChange } from '../types.js';

export interface RoundResult {
  /** False where the remote or somebody here moved on meanwhile: another round is due. */
  readonly settled: boolean;
  readonly revision: number;
  /** The remote's last revision when it was read. */
  readonly head: number;
  /** The remote did not have what a commit was planned on. */
  readonly stale: boolean;
  readonly pushed: number;
  readonly pulled: number;
  /** Of a dry run: paths of what a push would send and of conflicts, the first few. */
  readonly unsynced: readonly string[];
  /** Of a dry run. */
  readonly plan?: readonly PlannedChange[];
  /** How many commits the push was. */
  readonly commits: number;
  readonly conflicts: readonly Conflict[];
  /** What the remote sent has to be seen as a whole: another round is due, with `recheck`. */
  readonly doubtful?: boolean;
  /** What has become of the choices. */
  readonly decided: Decided;
  /** Everything that was to change here has changed. */
  readonly applied: boolean;
}

export type Decided = Pick<DecidedPlan, 'resolved' | 'refused' | 'settled'>;

/** Of a round that had nothing to do. */
export const NOTHING: RoundResult = {
  settled: true,
  revision: 0,
  head: 0,
  stale: false,
  pushed: 0,
  pulled: 0,
  unsynced: [],
  commits: 0,
  conflicts: [],
  decided: { resolved: [], refused: [], settled: [] },
  applied: false,
};

/**
 * How many conflicts a run has decided and carried out. Pure.
 */
import type { Conflict } from '../core/index.js';
import type { RoundOptions } from '../round/context.js';

/** A side that won has it carried out by a push, or by a pull; what won and was not carried out is met again. */
export function carriedOut(conflicts: readonly Conflict[], { push, pull }: RoundOptions): number {
  return conflicts.filter(({ winner }) => (winner === 'local' ? push : winner === 'remote' && pull)).length;
}

/**
 * How the base follows a plan that is being carried out. Pure.
 *
 * The base may only say what both sides have. `agreed` they have already. What `apply` changes and `push` does not, the
 * remote has already, so both have it once it is applied here. What is pushed, both have once the remote has
 * acknowledged it. A push that fails in between leaves a base with which the next reconcile finds the same plan.
 */
import { slotKey } from './slot.js';
import type { Change, Plan } from './tree.js';

export interface Settlement {
  /** For the base, in the transaction that carries out `adopt` and `apply`. */
  readonly afterApply: readonly Change[];
  /** For the base, once the push is acknowledged; its versions still lack the revision that the remote assigned. */
  readonly afterPush: readonly Change[];
}

export function settle({ agreed, apply, push }: Pick<Plan, 'agreed' | 'apply' | 'push'>): Settlement {
  const pushed = new Set(push.map(changeKey));
  return {
    afterApply: [...agreed, ...apply.filter((change) => !pushed.has(changeKey(change)))],
    afterPush: push,
  };
}

function changeKey(change: Change): string {
  return change.type === 'node' ? change.id : slotKey(change);
}

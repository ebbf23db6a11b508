/**
 * sync/core: the deciding half of sync. Everything here is pure: no node:*, no database, no clock, no network.
 *
 * It promises that `reconcile` loses nothing silently, ends, and leaves both sides with one valid tree (reconcile.ts
 * has the promises in full). The rest of sync brings the trees as views, carries the plan out, and moves the base by
 * `settle`. Called by sync only.
 */

export {
  type Choice,
  type DecidedPlan,
  type Planning,
  planningOf,
  planWithChoices,
  type Refusal,
  type RefusalReason,
  renamedBy,
} from './choices.js';
export { pathOf } from './conflict.js';
export { type FilteredInput, type FilteredPlan, reconcileFiltered } from './filtered-reconcile.js';
export type { BaseListing } from './filtered-touched.js';
export { FilteredTree, type WholeTree, wholeTree } from './filtered-tree.js';
export {
  createFilter,
  EVERYTHING,
  type FilterPatterns,
  type FilterRule,
  type FilterVerdict,
  type PathFilter,
} from './filters.js';
export { MemoryTree } from './memory-tree.js';
export { OverlayTree } from './overlay-tree.js';
export type { NodeTimes, TieBreak } from './policy.js';
export { type ReconcileInput, reconcile } from './reconcile.js';
export { RenamedTree } from './renamed-tree.js';
export { type Settlement, settle } from './settle.js';
export { type Side, sameState, stateText } from './state.js';
export * from './tree.js';

/**
 * What the engine loads late, since asking for the status needs none of it (`base/late`).
 */
import { late } from '../base/index.js';
import type { WorkspaceHistory } from './history/index.js';

export const addressPart = late(() => import('./checked-address.js'));
export const resolverPart = late(() => import('./resolver.js'));
export const metricsPart = late(() => import('./watch/metrics.js'));
export const auditPart = late(() => import('./watch/read-audit.js'));
export const historyPart = late(() => import('./history/index.js'));
export const selectionPart = late(() => import('./selection.js'));
export const workerPart = late(() => import('./worker-link.js'));

/** Loaded with the first question. */
export function lateHistory(load: () => Promise<WorkspaceHistory>): WorkspaceHistory {
  return {
    createCheckpoint: async (...asked) => (await load()).createCheckpoint(...asked),
    checkpoints: async (...asked) => (await load()).checkpoints(...asked),
    deleteCheckpoint: async (...asked) => (await load()).deleteCheckpoint(...asked),
    log: async (...asked) => (await load()).log(...asked),
    diff: async (...asked) => (await load()).diff(...asked),
    restore: async (...asked) => (await load()).restore(...asked),
    prune: async (...asked) => (await load()).prune(...asked),
  };
}

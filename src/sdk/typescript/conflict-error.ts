/**
 * SyncConflictError: a push or pull met conflicts that wait for a person (policy `manual`). Neither side was touched where
 * they are; everything else went through, and `report` says what.
 */
import { AgentFsError } from '../../base/index.js';
import type { SyncConflict } from '../../sync/conflicts.js';
import type { SyncReport } from '../../sync/types.js';

export class SyncConflictError extends AgentFsError {
  readonly conflicts: readonly SyncConflict[];
  /** What the sync did besides, where it got that far. */
  readonly report: SyncReport | undefined;

  constructor(operation: string, conflicts: readonly SyncConflict[], report?: SyncReport) {
    const [first] = conflicts;
    const others = conflicts.length > 1 ? ` and ${conflicts.length - 1} more` : '';
    super('SYNC_CONFLICT', `conflicts wait to be resolved: ${first?.path ?? 'unknown'}${others}`, {
      operation,
      hint: 'See them with `agentfs sync conflicts`, decide them with `agentfs sync resolve`; the rest was synced.',
      data: { conflicts, ...(report === undefined ? {} : { report }) },
      ...(first === undefined ? {} : { path: first.path }),
    });
    this.name = 'SyncConflictError';
    this.conflicts = conflicts;
    this.report = report;
  }

  /** The error itself where it is none; for errors that crossed the socket as plain AgentFsError. */
  static revive(error: unknown): unknown {
    if (!(error instanceof AgentFsError) || error.code !== 'SYNC_CONFLICT') return error;
    if (error instanceof SyncConflictError) return error;
    const { conflicts, report } = (error.data ?? {}) as {
      conflicts?: readonly SyncConflict[];
      report?: SyncReport;
    };
    return new SyncConflictError(error.operation ?? 'sync', conflicts ?? [], report);
  }
}

/**
 * What is asked of the past, and what the remote's loop gives for the answer.
 */
import type { RemoteWorkspace } from '../remote/index.js';
import type { RoundOptions } from '../round/context.js';
import type { RoundResult } from '../round/round-result.js';
import type { SyncReport } from '../types.js';
import type { ReturnContext } from './return.js';
import type { DiffOptions, HistoryOptions, RestoreOptions } from './types.js';

/** What the remote's loop gives to a question. */
export interface QuestionParts extends ReturnContext {
  readonly workspace: string;
  /** As configured. */
  readonly keep: string;
  /** Connects where that has not happened yet. */
  connect(): Promise<RemoteWorkspace>;
  sync(wanted: RoundOptions): Promise<SyncReport>;
  /** What a sync would do. */
  preview(): Promise<RoundResult>;
}

export type HistoryQuestion =
  | { readonly type: 'create-checkpoint'; readonly name: string }
  | { readonly type: 'list-checkpoints' }
  | { readonly type: 'delete-checkpoint'; readonly name: string }
  | { readonly type: 'log'; readonly options: HistoryOptions }
  | { readonly type: 'prune'; readonly graceMs?: number | undefined }
  | { readonly type: 'diff'; readonly options: DiffOptions }
  | { readonly type: 'restore'; readonly path: string; readonly options: RestoreOptions }
  | {
      readonly type: 'pull-past';
      readonly at?: string | undefined;
      readonly version?: string | undefined;
      readonly force: boolean;
      readonly dryRun: boolean;
    };

/**
 * What a round works with, and what it is asked to do.
 */
import type { Clock, Timers } from '../../base/index.js';
import type { RemoteRow, StoreReader } from '../../store/index.js';
import {
  brakeError,
  type DeletionWatch,
  type FoundRemote,
  judgeCommits,
  judgeIdentity,
  judgeTwin,
  type NotedState,
} from '../brakes/index.js';
import type { Choice } from '../core/index.js';
import type { OwnCommit, RemoteWorkspace } from '../remote/index.js';
import type { SyncHost, SyncStep } from '../steps.js';
import type { SyncConfig } from '../types.js';
import type { CommitIds } from './commit-ids.js';
import { type Progress, TransferProgress } from './transfer-progress.js';

const MESSAGE_STEPS = 1024;

export interface RoundContext {
  readonly reader: StoreReader;
  readonly host: SyncHost;
  readonly remote: RemoteWorkspace;
  readonly remoteName: string;
  /** The workspace's name. */
  readonly workspace: string;
  readonly agent: string;
  readonly config: SyncConfig;
  readonly clock: Clock;
  /** What was deleted in the rounds before. */
  readonly deletions: DeletionWatch;
  readonly ids: CommitIds;
  readonly timers: Timers;
  readonly onProgress: (phase: 'push' | 'pull', progress: Progress) => void;
}

export interface RoundOptions {
  readonly push: boolean;
  readonly pull: boolean;
  /** Decide, and change nothing. */
  readonly dryRun: boolean;
  /** Somebody said that what a brake would stop is meant. */
  readonly force?: boolean;
  /** Compare everything, whatever the cursor and the log say. */
  readonly recheck?: boolean;
  /** What a person decided about conflicts. */
  readonly choices?: readonly Choice[];
}

/** What afs_remote.state keeps for the rounds. */
export interface RoundState extends NotedState {
  readonly isAhead?: boolean;
  /** The filters under which everything was compared last. */
  readonly scope?: string;
}

export function progressOf({ onProgress }: RoundContext, phase: 'push' | 'pull'): TransferProgress {
  return new TransferProgress((progress) => onProgress(phase, progress));
}

/** Throws SYNC_BRAKE where this is not the remote that it was, or one that syncs by another name already. */
export function assertSameRemote(known: RemoteRow, found: FoundRemote, context: RoundContext): void {
  const brake = judgeTwin(found, context.reader.remotesBefore(known.id)) ?? judgeIdentity(known, found);
  if (brake !== undefined) throw brakeError(brake, context);
}

/** Throws SYNC_BRAKE where one of these commits under this agent's id was made by another database. */
export async function assertOwnCommits(
  commits: readonly OwnCommit[],
  { remoteId, context }: { readonly remoteId: number; readonly context: RoundContext },
): Promise<void> {
  if (commits.length === 0) return;
  const brake = judgeCommits(await context.host.unknownCommits(remoteId, commits));
  if (brake !== undefined) throw brakeError(brake, context);
}

/** Has the main thread carry steps out, in messages of a bounded size. */
export async function applySteps(
  host: SyncHost,
  remoteId: number,
  steps: readonly SyncStep[],
): Promise<void> {
  for (let at = 0; at < steps.length; at += MESSAGE_STEPS)
    await host.apply(remoteId, steps.slice(at, at + MESSAGE_STEPS));
}

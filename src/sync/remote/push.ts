/**
 * One commit: one batch, all of it or nothing.
 *
 * A commit that was planned on something the remote no longer has is stale: that is an outcome, not an error. A commit
 * whose UUID is there already has arrived before (its answer was lost): its revision is the answer, and nothing is
 * written. The caller keeps commits within COMMIT_MAX_BYTES (Turso ends a transaction after 5 s).
 */
import { AgentFsError, entryNameProblem, type Timers } from '../../base/index.js';
import { ROOT_NODE } from '../core/tree.js';
import { commitSteps, type PackContext, packSteps } from './commit-statements.js';
import type { CommitContext, CommitStep } from './commit-step.js';
import { type Connection, ConstraintFailure } from './connection.js';
import type { PackedChanges, PushChange, PushCommit, PushOutcome } from './types.js';
import { uuidHex } from './wire.js';

/** A caller slices its changes into commits of about so many bytes (`changeBytes`) at most. */
export const COMMIT_MAX_BYTES = 4 * 1024 * 1024;
/** Above this a commit is refused: no server would take it in one transaction. */
const COMMIT_LIMIT_BYTES = 8 * COMMIT_MAX_BYTES;

/** The list of a file's chunks is one value, and servers take none above 4 MiB: files of about 60 GB. */
const CHUNKS_A_FILE = 100_000;

/** About how many bytes this change adds to its commit. */
export function changeBytes(change: PushChange): number {
  if (change.type === 'entry') return 100 + change.name.length;
  if (change.state === null) return 50;
  const { content } = change;
  const fixed = 250 + change.state.xattrs.length;
  if (content.kind === 'inline') return fixed + content.bytes.length;
  if (content.kind === 'chunks') return fixed + 36 * content.chunks.length;
  return content.kind === 'target' ? fixed + content.target.length : fixed;
}

export interface PushRequest {
  readonly connection: Connection;
  readonly workspace: { readonly id: number; readonly incarnation: string };
  readonly agent: string;
  readonly compression: boolean;
}

/** What `packChanges` makes, known in here alone. */
class Packed implements PackedChanges {
  declare readonly packed: true;
  readonly changes: readonly PushChange[];
  readonly steps: readonly CommitStep[];

  constructor(changes: readonly PushChange[], steps: readonly CommitStep[]) {
    this.changes = changes;
    this.steps = steps;
  }
}

/** Bytes that are packed before others get a turn: a request that is on its way needs this thread to go on. */
const TURN_BYTES = 256 * 1024;

export async function packChanges(
  changes: readonly PushChange[],
  context: PackContext,
  timers: Timers,
): Promise<PackedChanges> {
  checkChanges(changes);
  const steps: CommitStep[] = [];
  for (const step of packSteps(changes, context)) {
    steps.push(step);
    if (step.args.some((value) => lengthOf(value) >= TURN_BYTES)) await timers.turn();
  }
  return new Packed(changes, steps);
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
}

export async function pushCommit(commit: PushCommit, request: PushRequest): Promise<PushOutcome> {
  const uuid = uuidHex(commit.commitId);
  if (uuid === undefined) throw invalid('its id is no UUID');
  const context: CommitContext = {
    workspace: request.workspace.id,
    incarnation: request.workspace.incarnation,
    agent: request.agent,
    uuidHex: uuid,
    compression: request.compression,
    baseRevision: commit.baseRevision,
  };
  const packed = packedOf(commit) ?? [...packSteps(commit.changes, context)];
  const steps = commitSteps(commit, context, packed);
  try {
    const results = await request.connection.batch(
      steps.map(({ sql, args }) => ({ sql, args })),
      'write',
    );
    const answer = results.at(-1)?.rows[0];
    if (typeof answer?.[0] !== 'number' || typeof answer[1] !== 'number') {
      throw new AgentFsError('REMOTE_CORRUPT', 'the remote did not say which revision it made', {
        operation: 'push',
      });
    }
    const rowsWritten = results.reduce((sum, result) => sum + result.rowsAffected, 0);
    return {
      outcome: 'committed',
      revision: answer[0],
      committedAtMs: answer[1],
      repeated: false,
      rowsWritten,
    };
  } catch (error) {
    if (!(error instanceof ConstraintFailure)) throw error;
    const reason = steps[error.statement]?.reason;
    if (reason === undefined || reason === 'answer') throw error;
    return reason === 'commit' ? findCommit(uuid, request) : { outcome: 'stale', reason };
  }
}

/** The steps of changes that were packed before. Checks the changes where they were not. */
function packedOf({ changes, packed }: PushCommit): readonly CommitStep[] | undefined {
  if (packed instanceof Packed && packed.changes === changes) return packed.steps;
  checkChanges(changes);
  return undefined;
}

async function findCommit(uuid: string, { connection, workspace }: PushRequest): Promise<PushOutcome> {
  const result = await connection.execute({
    sql: `SELECT revision, committed_at_ms FROM agentfs_commits WHERE uuid = unhex(?1) AND workspace = ?2`,
    args: [uuid, workspace.id],
  });
  const row = result.rows[0];
  if (typeof row?.[0] !== 'number' || typeof row[1] !== 'number') throw invalid('its id is used elsewhere');
  return { outcome: 'committed', revision: row[0], committedAtMs: row[1], repeated: true, rowsWritten: 0 };
}

function invalid(reason: string): AgentFsError {
  return new AgentFsError('INVALID_ARGUMENT', `this commit cannot be pushed: ${reason}`, {
    operation: 'push',
  });
}

/** Holds the caller to what the types cannot say; what fails here is a mistake in the plan. */
function checkChanges(changes: readonly PushChange[]): void {
  let bytes = 0;
  const seen = new Set<string>();
  const made = new Set<string>();
  for (const change of changes) {
    bytes += changeBytes(change);
    const key = change.type === 'node' ? change.id : `${change.parent}/${change.name}`;
    if (seen.has(key)) throw invalid(`${key} is changed twice`);
    seen.add(key);
    const removes = change.type === 'node' ? change.state === null : change.node === null;
    if (removes && change.base === 0) throw invalid(`${key} is removed, but was not there`);
    if (change.type === 'entry') {
      if (entryNameProblem(change.name) !== undefined) throw invalid(`${key} is no name of an entry`);
    } else {
      if (change.content.kind === 'unchanged' && change.base === 0)
        throw invalid(`${key} has no content yet`);
      if (change.content.kind === 'chunks' && change.content.chunks.length > CHUNKS_A_FILE) {
        throw new AgentFsError(
          'UNSUPPORTED',
          `a file of ${change.content.chunks.length} chunks is too large to sync`,
          {
            operation: 'push',
            hint: 'Exclude it: agentfs sync config <workspace> --exclude …',
          },
        );
      }
      if (change.base === 0) made.add(change.id);
    }
  }
  if (bytes > COMMIT_LIMIT_BYTES) throw invalid(`it has ${bytes} bytes, at most ${COMMIT_LIMIT_BYTES} fit`);
  made.delete(ROOT_NODE);
  for (const change of changes) {
    if (change.type === 'entry' && change.node !== null) made.delete(change.node);
  }
  for (const id of made) throw invalid(`the new node ${id} has no entry in it`);
}

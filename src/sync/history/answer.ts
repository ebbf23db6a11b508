/**
 * Answers to what is asked of the past, in the worker: one function a question.
 *
 * A question waits for the sync that runs, and none begins while it is answered.
 */
import { AgentFsError, late, splitPath } from '../../base/index.js';
import type { KeptRow } from '../../store/index.js';
import type { NodeVersion } from '../core/index.js';
import type { RemoteWorkspace } from '../remote/index.js';
import type { RoundState } from '../round/context.js';
import { keepMs } from '../settings.js';
import type { SyncReport } from '../types.js';
import { sameBytes } from './losers.js';
import { readPastTree } from './past-tree.js';
import { findPlace, isoOf } from './place.js';
import { assertCheckpointName, lostHandle } from './place-text.js';
import type { HistoryQuestion, QuestionParts } from './question.js';
import { restore } from './restore.js';
import { returnTo, unsyncedEdits } from './return.js';
import { findSlot, pathAt, readTimeline } from './timeline.js';
import type {
  Checkpoint,
  HistoryLog,
  HistoryOptions,
  PastReport,
  PruneReport,
  VersionEntry,
} from './types.js';
import { keepHistory } from './upkeep.js';

const diffPart = late(() => import('./diff.js'));

const SETTLE_LIMIT = 8;
const DEFAULT_LIMIT = 50;

export async function answerHistory(parts: QuestionParts, question: HistoryQuestion): Promise<unknown> {
  switch (question.type) {
    case 'create-checkpoint':
      return await createCheckpoint(parts, question.name);
    case 'list-checkpoints':
      return await listCheckpoints(parts);
    case 'delete-checkpoint':
      return await deleteCheckpoint(parts, question.name);
    case 'log':
      return question.options.path === undefined || splitPath(question.options.path).length === 0
        ? await commitLog(parts, question.options)
        : await fileLog(parts, question.options.path, question.options);
    case 'prune':
      return await pruneNow(parts, question.graceMs);
    case 'diff': {
      const { diff } = await diffPart();
      return await diff(parts, question.options);
    }
    case 'restore':
      return await restore(parts, question.path, question.options);
    case 'pull-past':
      return await pullPast(parts, question);
  }
}

async function createCheckpoint(parts: QuestionParts, name: string): Promise<Checkpoint> {
  assertCheckpointName(name);
  const { history } = await parts.connect();
  await assertFree(history, name);
  const revision = await settle(parts);
  if (revision === 0)
    throw new AgentFsError('INVALID_ARGUMENT', 'there is nothing to name yet', {
      operation: 'checkpoint create',
    });
  const stored = await history.putCheckpoint({ name, revision });
  if (!stored) await assertFree(history, name);
  const [made] = await history.checkpoints(name);
  if (made === undefined)
    throw new AgentFsError('SYNC_BUSY', `revision ${revision} is not kept any more`, {
      operation: 'checkpoint create',
      hint: 'Try again.',
    });
  return checkpointOf(made);
}

async function assertFree(history: RemoteWorkspace['history'], name: string): Promise<void> {
  const [taken] = await history.checkpoints(name);
  if (taken === undefined) return;
  throw new AgentFsError(
    'INVALID_ARGUMENT',
    `there is a checkpoint '${name}' already: revision ${taken.revision} of ${isoOf(taken.committedAtMs)}`,
    {
      operation: 'checkpoint create',
      hint: `Choose another name, or delete it first: agentfs checkpoint delete <workspace> ${name}.`,
    },
  );
}

async function pruneNow(parts: QuestionParts, graceMs: number | undefined): Promise<PruneReport> {
  const keep = keepMs(parts.keep);
  if (keep === undefined) {
    throw new AgentFsError('INVALID_ARGUMENT', 'everything is kept: there is nothing to prune', {
      operation: 'prune',
      hint: 'Say how long versions are kept: agentfs sync config <workspace> --keep 30d.',
    });
  }
  const remote = await parts.connect();
  const done = await keepHistory(remote, {
    keepMs: keep,
    everyMs: 0,
    ...(graceMs === undefined ? {} : { graceMs }),
  });
  if (done === undefined)
    throw new AgentFsError('SYNC_BUSY', 'another agent prunes right now', {
      operation: 'prune',
      hint: 'Try again.',
    });
  return done;
}

/**
 * Syncs until a revision is a state that was here, with what others did; returns it. A workspace that is written to all the
 * time needs no pause for that: a round pushes what one snapshot has, and where its commits directly follow what it had
 * read, the last of them is that snapshot.
 */
async function settle(parts: QuestionParts): Promise<number> {
  for (let round = 1; round <= SETTLE_LIMIT; round += 1) {
    const report = await parts.sync({ push: true, pull: true, dryRun: false });
    const waiting = report.conflicts.filter((conflict) => conflict.winner === undefined);
    if (waiting.length > 0) {
      throw new AgentFsError('SYNC_CONFLICT', `conflicts wait to be resolved: ${waiting[0]!.path}`, {
        operation: 'checkpoint create',
        hint: 'Resolve them first: the two sides have no common state to name.',
        data: { conflicts: waiting, report },
      });
    }
    if (report.pushed === 0 && report.pulled === 0) return report.revision;
    const { isAhead = true } = JSON.parse(parts.reader.remote(parts.remoteName)?.state ?? '{}') as RoundState;
    if (!isAhead) return report.revision;
  }
  throw new AgentFsError('SYNC_BUSY', 'other agents pushed all the time', {
    operation: 'checkpoint create',
    hint: 'Nothing was named. Try again when others push less.',
  });
}

async function listCheckpoints(parts: QuestionParts): Promise<readonly Checkpoint[]> {
  return (await (await parts.connect()).history.checkpoints()).map(checkpointOf);
}

async function deleteCheckpoint(parts: QuestionParts, name: string): Promise<void> {
  if (await (await parts.connect()).history.deleteCheckpoint(name)) return;
  throw new AgentFsError('INVALID_ARGUMENT', `there is no checkpoint '${name}'`, {
    operation: 'checkpoint delete',
    hint: 'See which there are: agentfs checkpoint list <workspace>.',
  });
}

function checkpointOf(
  record: Awaited<ReturnType<RemoteWorkspace['history']['checkpoints']>>[number],
): Checkpoint {
  const { name, revision, atMs, agent, committedAtMs } = record;
  return { name, revision, createdAt: isoOf(atMs), agent, committedAt: isoOf(committedAtMs) };
}

async function commitLog(parts: QuestionParts, options: HistoryOptions): Promise<HistoryLog> {
  const { limit = DEFAULT_LIMIT, before = Number.MAX_SAFE_INTEGER } = options;
  const { history } = await parts.connect();
  const commits = await history.commits({ before: before - 1, limit });
  const kept = await history.listKept();
  return {
    workspace: parts.workspace,
    remote: parts.remoteName,
    path: null,
    commits: commits.map(({ atMs, ...commit }) => ({ ...commit, at: isoOf(atMs) })),
    versions: sorted([...parts.reader.kept().map(localEntry), ...kept.map(keptEntry)]).slice(0, limit),
  };
}

async function fileLog(parts: QuestionParts, path: string, options: HistoryOptions): Promise<HistoryLog> {
  const names = splitPath(path);
  const shown = `/${names.join('/')}`;
  const { history } = await parts.connect();
  const slot = await findSlot(names, history);
  const events = slot === undefined ? [] : await readTimeline(slot, history);
  const commits = await history.commitsOf([...new Set(events.map((event) => event.revision))]);
  const versions: VersionEntry[] = [];
  for (const { revision, what, version, slot: at, from } of events.slice(0, options.limit ?? DEFAULT_LIMIT)) {
    const { atMs = 0, agent = '' } = commits.get(revision) ?? {};
    versions.push({
      version: String(revision),
      revision,
      at: isoOf(atMs),
      agent,
      path: isSame(at, slot) ? shown : await pathAt(at, revision, history),
      what,
      kind: version.kind,
      size: version.size,
      hash: version.hash,
      mode: version.mode,
      ...(from === undefined ? {} : { from: await pathAt(from, revision - 1, history) }),
    });
  }
  const nodes = [...new Set(events.map(({ version }) => version.node))];
  const kept = await history.listKept({ path: shown, nodes });
  const here = parts.reader.kept().filter((row) => row.path === shown || nodes.includes(row.node));
  const all = sorted([...versions, ...here.map(localEntry), ...kept.map(keptEntry)]);
  if (all.length === 0) {
    throw new AgentFsError('ENOENT', `there is no history of ${shown}`, {
      operation: 'history',
      path: shown,
      hint: 'Its versions are known from the first push on: agentfs sync push <workspace>.',
    });
  }
  return { workspace: parts.workspace, remote: parts.remoteName, path: shown, commits: [], versions: all };
}

function isSame(
  a: { parent: string; name: string },
  b: { parent: string; name: string } | undefined,
): boolean {
  return b !== undefined && a.parent === b.parent && a.name === b.name;
}

/** By time, the newest first; what is of one time keeps its order. */
function sorted(versions: readonly VersionEntry[]): VersionEntry[] {
  return [...versions].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function localEntry(row: KeptRow): VersionEntry {
  const { kind, size, hash, mode, agent } = JSON.parse(row.version) as NodeVersion;
  const { path, why, keptAtMs } = row;
  const at = isoOf(keptAtMs);
  return {
    version: lostHandle(row.id),
    revision: null,
    at,
    agent,
    path,
    what: 'lost',
    kind,
    size,
    hash,
    mode,
    why,
  };
}

function keptEntry(
  record: Awaited<ReturnType<RemoteWorkspace['history']['listKept']>>[number],
): VersionEntry {
  const { id, revision, agent, path, kind, size, hash, mode, why, keptAtMs } = record;
  const at = isoOf(keptAtMs);
  return { version: lostHandle(id), revision, at, agent, path, what: 'lost', kind, size, hash, mode, why };
}

/**
 * The whole workspace becomes what it was then. What others did is pulled first, so that it is undone too; what was done
 * here and never pushed stops it, or is pushed as a commit of its own.
 */
async function pullPast(
  parts: QuestionParts,
  question: Extract<HistoryQuestion, { type: 'pull-past' }>,
): Promise<{ readonly report: SyncReport; readonly past: PastReport }> {
  const remote = await parts.connect();
  const { force, dryRun } = question;
  const place = await findPlace(remote, question);
  const preview = await parts.preview();
  if (!force && (preview.pushed > 0 || preview.conflicts.length > 0)) throw unsyncedEdits(preview.unsynced);
  const report = dryRun
    ? await parts.sync({ push: false, pull: true, dryRun: true })
    : await parts.sync({ push: force, pull: true, dryRun: false });
  const result = await returnTo(
    parts,
    async (local) => {
      const { tree, contents } = await readPastTree(remote, place.revision, ({ id, state }) => {
        const here = local.node(id);
        return here === undefined || !sameBytes(here, state);
      });
      return {
        past: tree,
        contentOf: (id) => contents.get(id),
        fetch: (id) => remote.nodeContent(id, place.revision),
        source: remote,
      };
    },
    { dryRun, overUnsynced: force },
  );
  return { report, past: { revision: place.revision, at: isoOf(place.atMs), ...result } };
}

/**
 * Finds the revision that a time, a checkpoint or a number means, or says what there is instead.
 */
import { AgentFsError } from '../../base/index.js';
import type { RemoteWorkspace } from '../remote/index.js';
import type { HistoryRange, Place } from '../remote/revisions.js';
import { type PlaceText, parsePlace, parseTime, parseVersion } from './place-text.js';

/** A clock that is a little ahead of the server's is no mistake of its owner. */
const FUTURE_TOLERANCE_MS = 2000;

export interface Wanted {
  readonly at?: string | undefined;
  readonly version?: string | undefined;
}

export interface FoundPlace extends Place {
  /** As it was asked for, for people. */
  readonly said: string;
}

/** Throws INVALID_ARGUMENT with the range that exists. */
export async function findPlace(remote: RemoteWorkspace, wanted: Wanted): Promise<FoundPlace> {
  if ((wanted.at === undefined) === (wanted.version === undefined)) {
    const what =
      wanted.at === undefined ? 'say which: a time or a version' : 'a time and a version are too much';
    throw new AgentFsError('INVALID_ARGUMENT', what, {
      operation: 'history',
      hint: 'Use --at TIME, or --version with a checkpoint or a revision.',
    });
  }
  const range = await remote.history.range();
  const text: PlaceText =
    wanted.at === undefined
      ? parseVersion(wanted.version!)
      : { kind: 'time', atMs: parseTime(wanted.at, range.serverTimeMs) };
  return await resolvePlace(remote, range, { text, said: (wanted.at ?? wanted.version)! });
}

/** Of `--from` and `--to`. */
export async function findPlaceOf(remote: RemoteWorkspace, said: string): Promise<FoundPlace> {
  const range = await remote.history.range();
  return await resolvePlace(remote, range, { text: parsePlace(said, range.serverTimeMs), said });
}

async function resolvePlace(
  remote: RemoteWorkspace,
  range: HistoryRange,
  { text, said }: { readonly text: PlaceText; readonly said: string },
): Promise<FoundPlace> {
  if (range.first === undefined || range.last === undefined) {
    throw new AgentFsError('INVALID_ARGUMENT', 'nothing was ever pushed: there is no history yet', {
      operation: 'history',
      hint: 'Push first: agentfs sync push <workspace>.',
    });
  }
  const oldest = range.horizon ?? range.first;
  switch (text.kind) {
    case 'checkpoint': {
      const [found] = await remote.history.checkpoints(text.name);
      if (found !== undefined) return { revision: found.revision, atMs: found.committedAtMs, said };
      throw new AgentFsError('INVALID_ARGUMENT', `there is no checkpoint '${text.name}'`, {
        operation: 'history',
        hint: 'See which there are: agentfs checkpoint list <workspace>.',
      });
    }
    case 'lost':
      throw new AgentFsError('INVALID_ARGUMENT', `${said} is a version of one file`, {
        operation: 'history',
        hint: 'Bring it back with: agentfs restore <workspace> <path> --version …',
      });
    case 'time': {
      if (text.atMs > range.serverTimeMs + FUTURE_TOLERANCE_MS)
        throw outside(`${isoOf(text.atMs)} is in the future`, oldest, range);
      if (text.atMs < oldest.atMs) throw outside(`there is no history of ${isoOf(text.atMs)}`, oldest, range);
      const found = await remote.history.commitAt({ atMs: text.atMs });
      if (found === undefined) throw outside(`there is no history of ${isoOf(text.atMs)}`, oldest, range);
      return { ...found, said };
    }
    case 'revision': {
      const { revision } = text;
      const named = revision < oldest.revision && (await isNamed(remote, revision));
      if (revision > range.last.revision || (revision < oldest.revision && !named))
        throw outside(`there is no revision ${revision}`, oldest, range);
      const found = await remote.history.commitAt({ revision });
      return { revision, atMs: found?.atMs ?? oldest.atMs, said };
    }
  }
}

async function isNamed(remote: RemoteWorkspace, revision: number): Promise<boolean> {
  return (await remote.history.checkpoints()).some((checkpoint) => checkpoint.revision === revision);
}

function outside(message: string, oldest: Place, { last }: HistoryRange): AgentFsError {
  const [from, to] = [oldest, last!].map(({ revision, atMs }) => `${isoOf(atMs)} (revision ${revision})`);
  return new AgentFsError('INVALID_ARGUMENT', message, {
    operation: 'history',
    hint: `History goes from ${from} to ${to}.`,
    data: { from: isoOf(oldest.atMs), to: isoOf(last!.atMs) },
  });
}

/** RFC 3339 in UTC; with milliseconds, since commits come closer than a second. */
export function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

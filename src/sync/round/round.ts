/**
 * One round of sync with one remote: read both sides, decide, carry out, remember.
 *
 * What is read here is a snapshot; what somebody touches meanwhile is refused by the main thread and decided anew in the
 * next round. The base moves with each thing that both sides have, so a round that dies half-way is only shorter.
 */
import type { RemoteRow } from '../../store/index.js';
import type { Plan } from '../core/index.js';
import { keyOf } from './base-steps.js';
import { carryOut, type Work } from './carry-out.js';
import { CommitIds } from './commit-ids.js';
import type { RoundContext, RoundOptions, RoundState } from './context.js';
import { copyContents } from './copies.js';
import { type Decision, decide } from './decide.js';
import { pullIntoBlank } from './first-pull.js';
import { pushToBlank } from './first-push.js';
import { withLostRemovals } from './lost-removals.js';
import { pathsOf, preview } from './preview.js';
import { readSides, type Sides } from './read-sides.js';
import { mustGoOn, remember } from './remember.js';
import { NOTHING, type RoundResult } from './round-result.js';
import { LOOK_AGAIN, type Scope, scopeOf } from './scope.js';

/** What a round is given. */
export type RoundGiven = Omit<RoundContext, 'ids'> & {
  /** Makes a UUID that was never there before. */
  readonly newUuid: () => string;
};

export async function runRound(parts: RoundGiven, options: RoundOptions): Promise<RoundResult> {
  const { reader, host, remoteName, newUuid } = parts;
  const row = reader.remote(remoteName);
  if (row === undefined) return NOTHING;
  await host.begin(row.id);
  const ids = new CommitIds({ host, remoteId: row.id, newUuid });
  try {
    reader.begin();
    return await round({ ...parts, ids }, options);
  } finally {
    reader.end();
    await ids.settled();
    await host.end(row.id);
  }
}

async function round(context: RoundContext, options: RoundOptions): Promise<RoundResult> {
  const { reader, remoteName, config, clock } = context;
  const row = reader.remote(remoteName)!;
  const state = JSON.parse(row.state) as RoundState;
  const { isAhead = false } = state;
  const { push, dryRun, recheck = false } = options;
  if (push && !dryRun && hasNews(context, row)) context.ids.prepare();
  const scope = scopeOf(config, state.scope !== undefined && row.pushedSeq === 0 ? LOOK_AGAIN : state.scope);
  const isFirst = scope.isWhole && row.cursor === 0 && !dryRun && !recheck;
  const askedAtMs = clock.nowMs();
  const logFrom = reader.lastSeq();
  // Where there is nothing here yet, what the remote has is made at once; the rest of the round has little to do then.
  const first =
    isFirst && options.pull && reader.isBlank(row.id)
      ? await pullIntoBlank(context, { row, state })
      : undefined;
  if (first !== undefined && first.refused > 0)
    return { ...NOTHING, settled: false, head: first.rest.head, pulled: first.pulled };
  const upToSeq = reader.lastSeq();
  // Where the remote has nothing yet, what is here goes there without being compared.
  if (isFirst && push && first === undefined && !isAhead && !reader.hasBase(row.id)) {
    const done = await pushToBlank(context, { row, upToSeq });
    if (done !== undefined) return done;
  }
  const remembered = reader.quarantine(row.id);
  const sides = await readSides(context, {
    ...{ row, state, scope, recheck, askedAtMs, upToSeq },
    ...(first === undefined ? {} : { afterFirstPull: { rest: first.rest, logFrom } }),
  });
  const { head, doubtful } = sides.remote;
  if (doubtful) return { ...NOTHING, settled: false, head, doubtful };
  const decision = await decideOn(context, options, { sides, scope });
  const { plan, side, outcome } = decision;
  const { copies: copied, kept: _, ...decided } = outcome;
  const found = { conflicts: plan.conflicts, decided };
  const copies = await copyContents(copied, { side, remote: context.remote });
  if (dryRun) return { ...NOTHING, ...planned(row, decision, options), ...found };
  const work: Work = {
    ...{ remoteId: row.id, sides, decision, copies, scope, state, push },
    pull: options.pull || needsBoth(plan),
    isAfterFirstPull: first !== undefined,
  };
  const done = await carryOut(context, options, work);
  const { result, settled, isApplied } = done;
  const revision = await remember(context, work, { ...done, cursor: row.cursor, remembered, upToSeq });
  return {
    settled: settled && !mustGoOn(work),
    revision,
    head: side.head,
    stale: !result.complete,
    pushed: result.pushed,
    pulled: (first?.pulled ?? 0) + (work.pull ? plan.apply.length : 0),
    unsynced: [],
    commits: result.commits,
    applied: isApplied,
    ...found,
  };
}

async function decideOn(
  { reader, remote, config, agent }: RoundContext,
  { choices = [] }: RoundOptions,
  { sides, scope }: { readonly sides: Sides; readonly scope: Scope },
): Promise<Decision> {
  const { inos, base, known, localReader } = sides;
  return decide({
    ...{ reader, scope, base, known, inos, localReader, choices },
    side: await withLostRemovals(sides.remote, { reader, inos, remote }),
    options: { policy: config.conflictResolution, tieBreak: { agent } },
  });
}

/** Something was changed here that can be pushed, as far as the log knows. */
function hasNews({ reader }: RoundContext, { id, pushedSeq }: RemoteRow): boolean {
  return pushedSeq === 0 ? !reader.isBlank(id) : reader.unsettled.hasOtherChanges(id, pushedSeq);
}

/** What a dry run tells. */
function planned(
  row: RemoteRow,
  { plan, side, local }: Decision,
  { push }: RoundOptions,
): Pick<RoundResult, 'revision' | 'head' | 'pushed' | 'pulled' | 'unsynced' | 'plan'> {
  return {
    revision: row.cursor,
    head: side.head,
    pushed: plan.push.length,
    pulled: plan.apply.length,
    unsynced: pathsOf(plan, local),
    plan: push ? preview(plan.push, side.tree, local) : preview(plan.apply, local, side.tree),
  };
}

/** What both sides changed becomes something third: where that is pushed it has to be applied as well. */
function needsBoth({ apply, push }: Plan): boolean {
  const pushed = new Set(push.map(keyOf));
  return apply.some((change) => pushed.has(keyOf(change)));
}

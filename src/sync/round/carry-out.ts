/**
 * Carries out what a round decided: what the remote has and we lack first, then what we have and it lacks.
 *
 * The base moves with each thing that both sides have, in an order in which it is a tree at every moment; so a round that
 * dies half-way is only shorter.
 */
import type { QuarantineRow } from '../../store/index.js';
import { type NodeId, RenamedTree } from '../core/index.js';
import { losersOf } from '../history/losers.js';
import type { NodeContent } from '../remote/index.js';
import { sha256 } from '../transfer/index.js';
import {
  adoptSteps,
  agreedEntrySteps,
  agreedNodeSteps,
  keyOf,
  type RoundParts,
  seenSteps,
  seenWithKept,
} from './base-steps.js';
import type { PushResult } from './commit-sender.js';
import { applySteps, progressOf, type RoundContext, type RoundOptions, type RoundState } from './context.js';
import type { Decision } from './decide.js';
import { Deletions } from './deletions.js';
import { Downloads } from './downloads.js';
import { Incoming } from './incoming.js';
import { Outgoing } from './outgoing.js';
import type { Sides } from './read-sides.js';
import { LOOK_AGAIN, type Scope } from './scope.js';
import { withhold } from './withhold.js';

export interface Work {
  readonly remoteId: number;
  readonly sides: Sides;
  readonly decision: Decision;
  /** Contents of nodes that are on neither side yet. */
  readonly copies: ReadonlyMap<NodeId, NodeContent>;
  readonly scope: Scope;
  readonly state: RoundState;
  /** The plan is to be applied here. */
  readonly pull: boolean;
  readonly push: boolean;
  /** A first pull has been carried out in this round. */
  readonly isAfterFirstPull: boolean;
}

export interface Done {
  readonly parts: RoundParts;
  /** Everything that was to change on a side has changed. */
  readonly isApplied: boolean;
  readonly settled: boolean;
  readonly result: PushResult;
  /** Keys of what could not be pushed. */
  readonly withheld: ReadonlySet<string>;
  /** What is not believed of the remote, from now on. */
  readonly quarantine: readonly QuarantineRow[];
}

/** Throws SYNC_BRAKE, before anything has changed. */
export async function carryOut(context: RoundContext, options: RoundOptions, work: Work): Promise<Done> {
  const { host } = context;
  const { remoteId, sides, decision, pull, push } = work;
  const { plan, side, steps } = decision;
  const { inos, base } = sides;
  // A node that is adopted is here already, under its former name.
  const here = plan.adopt.size === 0 ? decision.local : new RenamedTree(decision.local, plan.adopt);
  const deletions = new Deletions(context, {
    apply: pull ? plan.apply : [],
    push: push ? plan.push : [],
    local: here,
    remote: side.tree,
    remoteId,
  });
  if (options.force !== true) deletions.check();
  await sayAhead(context, work);
  for (const [from, to] of plan.adopt) inos.adopt(from, to);
  const referTo = (id: NodeId) => ({ id, ino: inos.inoToRecord(id) });
  const parts = { plan, side, base, pushed: new Set(plan.push.map(keyOf)), referTo };
  await applySteps(host, remoteId, steps.first);
  const incoming = incomingOf(context, work, { here, parts });
  if (pull) await incoming.prepare(plan.apply);
  // An entry is only taken into the base where its directory is there already.
  await applySteps(host, remoteId, [...adoptSteps(parts), ...agreedNodeSteps(parts)]);
  const refused = pull ? await incoming.carryOut(plan.apply) : 0;
  const { quarantine } = sides.remote;
  const { pushed: sent, withheld } = withhold(plan.push, { quarantine, tree: side.tree });
  const result =
    push && sent.length > 0
      ? await outgoingOf(context, work, here).carryOut(sent)
      : { complete: true, pushed: 0, commits: 0, revision: side.head, lastCommit: 0 };
  const isApplied = pull && refused === 0;
  const settled = refused === 0 && result.complete;
  if (options.force !== true) deletions.note();
  if (isApplied) await applySteps(host, remoteId, steps.afterApply);
  if (push && result.complete) await applySteps(host, remoteId, steps.afterPush);
  if (settled && !push) await applySteps(host, remoteId, seenSteps(parts));
  const isPushed = result.commits > 0;
  await applySteps(host, remoteId, agreedEntrySteps(parts, { isApplied, isPushed }));
  return {
    ...{ parts, isApplied, settled, result },
    withheld: new Set(withheld.map(keyOf)),
    quarantine: [...quarantine, ...incoming.spoiled],
  };
}

/** Whoever finds a round that died here knows that the base may be ahead of the cursor, and of which filters it is. */
async function sayAhead({ host }: RoundContext, work: Work): Promise<void> {
  const { remoteId: remote, decision, state, scope, isAfterFirstPull } = work;
  const { plan, side, steps } = decision;
  const moves =
    plan.apply.length + plan.push.length + plan.agreed.length + side.own.length + steps.first.length;
  if (moves > 0 && state.isAhead !== true && !isAfterFirstPull) await host.finish({ remote, isAhead: true });
  // From here on the base is of no filters, until everything has been compared.
  if (scope.isNew && state.scope !== LOOK_AGAIN) await host.finish({ remote, scope: LOOK_AGAIN });
}

function incomingOf(
  context: RoundContext,
  { remoteId, sides, decision, copies }: Work,
  { here, parts }: { readonly here: Decision['local']; readonly parts: RoundParts },
): Incoming {
  const { reader, host, remote, agent } = context;
  const { plan, side, local } = decision;
  const { inos, content, localReader } = sides;
  const shared = { host, remoteId, remote, progress: progressOf(context, 'pull') };
  return new Incoming({
    ...shared,
    ...{ inos, side, copies },
    pushed: parts.pushed,
    seenWith: (kept) => {
      const of = decision.outcome.kept.get(kept);
      return of === undefined ? [] : seenWithKept({ kept, of, local: here }, parts);
    },
    local: here,
    isHere: (ino) => reader.isHere(ino),
    downloads: new Downloads({
      ...shared,
      ...{ changes: localReader, content },
      renewing: (work) => reader.renewing(work),
    }),
    losers: losersOf({
      ...{ plan, local, remoteId, agent },
      base: side.base,
      atMs: side.serverTimeMs,
      digest: (text) => sha256(Buffer.from(text)),
    }),
  });
}

function outgoingOf(
  context: RoundContext,
  { remoteId, sides, decision, copies }: Work,
  here: Decision['local'],
): Outgoing {
  const { host, remote, agent, config, ids, timers } = context;
  const { inos, base, content, localReader } = sides;
  const applied = new Set(decision.plan.apply.map(keyOf));
  return new Outgoing({
    ...{ host, remoteId, remote, inos, base, copies, content, agent, ids, timers },
    side: decision.side,
    waitsHere: (change) =>
      !applied.has(keyOf(change)) && (here.entry(change.parent, change.name) ?? null) !== change.node,
    changes: localReader,
    batchSize: config.batchSize,
    progress: progressOf(context, 'push'),
  });
}

/**
 * One round of sync with one remote: read both sides, decide, carry out, remember.
 *
 * What is read here is a snapshot; what somebody touches meanwhile is refused by the main thread and decided anew in the
 * next round. The base moves with each thing that both sides have, so a round that dies half-way is only shorter.
 */
import type { Clock, Timers } from '../../base/index.js';
import type { QuarantineRow, RemoteRow, StoreReader } from '../../store/index.js';
import { brakeError, type DeletionWatch, judgeIdentity } from '../brakes/index.js';
import { clockOffsetMs } from '../core/clock-offset.js';
import { type Choice, type NodeId, type Plan, RenamedTree, type TouchedSet } from '../core/index.js';
import { slotKey } from '../core/slot.js';
import { losersOf } from '../history/losers.js';
import { BaseTree } from '../local/base-tree.js';
import { KnownTree } from '../local/known-tree.js';
import { LocalChangeReader } from '../local/local-changes.js';
import { LocalContent } from '../local/local-content.js';
import { NodeInos } from '../local/node-inos.js';
import type { RemoteWorkspace } from '../remote/index.js';
import type { SyncHost, SyncStep } from '../steps.js';
import { sha256 } from '../transfer/index.js';
import type { SyncConfig } from '../types.js';
import {
  adoptSteps,
  agreedEntrySteps,
  agreedNodeSteps,
  keyOf,
  type RoundParts,
  seenSteps,
  settledKeys,
} from './base-steps.js';
import { CommitSender, type PushResult } from './commit-sender.js';
import { copyContents } from './copies.js';
import { type Decision, decide, keysOf } from './decide.js';
import { Deletions } from './deletions.js';
import { Downloads } from './downloads.js';
import { readRemoteSide } from './feed-tree.js';
import { type FirstPull, firstPull } from './first-pull.js';
import { firstCommits } from './first-push.js';
import { Incoming } from './incoming.js';
import { withLostRemovals } from './lost-removals.js';
import { Outgoing } from './outgoing.js';
import { pathsOf, preview } from './preview.js';
import { NOTHING, type RoundResult } from './round-result.js';
import { LOOK_AGAIN, type Scope, scopeOf } from './scope.js';
import { type Progress, TransferProgress } from './transfer-progress.js';
import { withhold } from './withhold.js';

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
  /** Makes the id of a commit. */
  readonly newUuid: () => string;
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

export async function runRound(context: RoundContext, options: RoundOptions): Promise<RoundResult> {
  const { reader, host, remoteName } = context;
  const row = reader.remote(remoteName);
  if (row === undefined) return NOTHING;
  await host.begin(row.id);
  try {
    reader.begin();
    return await new Round(context, options).run();
  } finally {
    reader.end();
    await host.end(row.id);
  }
}

/** What afs_remote.state keeps for the rounds. */
interface RoundState {
  readonly joinedAt?: number;
  readonly isAhead?: boolean;
  /** The filters under which everything was compared last. */
  readonly scope?: string;
}

class Round {
  readonly #context: RoundContext;
  readonly #options: RoundOptions;
  #isFiltered = false;

  constructor(context: RoundContext, options: RoundOptions) {
    this.#context = context;
    this.#options = options;
  }

  async run(): Promise<RoundResult> {
    const { reader, host, remote, remoteName, agent, config, clock } = this.#context;
    const row = reader.remote(remoteName)!;
    const askedAtMs = clock.nowMs();
    const nowMs = () => clock.nowMs();
    const recheck = this.#options.recheck === true;
    const state = JSON.parse(row.state) as RoundState;
    const { joinedAt = 0, isAhead = false } = state;
    const scope = scopeOf(
      config,
      state.scope !== undefined && row.pushedSeq === 0 ? LOOK_AGAIN : state.scope,
    );
    this.#isFiltered = !scope.isWhole;
    const logFrom = reader.lastSeq();
    const first = recheck ? undefined : await this.#firstPull(row, joinedAt);
    if (first !== undefined && first.refused > 0) {
      return { ...NOTHING, settled: false, head: first.rest.head, pulled: first.pulled };
    }
    const upToSeq = reader.lastSeq();
    const remembered = reader.quarantine(row.id);
    if (first === undefined && !recheck && !isAhead) {
      const done = await this.#firstPush(row, upToSeq);
      if (done !== undefined) return done;
    }
    const inos = new NodeInos(reader, row.id, agent, { isFiltered: !scope.isWhole });
    const base = new BaseTree(reader, row.id, inos);
    const known = new KnownTree(reader, row.id, base);
    const content = new LocalContent(reader);
    const cursor = recheck ? 0 : row.cursor;
    // A round that did not end may have pushed what a replica does not have yet: it must not seem to be gone again.
    if (isAhead && first === undefined) await remote.catchUp();
    let whole = await readRemoteSide(first === undefined ? remote.feed(cursor) : [first.rest], base, {
      cursor,
      agent,
      nowMs,
      joinedAt,
      // What a first pull has put into the base comes from this feed, and is in what is left of it no more.
      isAhead: recheck || (isAhead && first === undefined),
      ...(scope.isWhole ? {} : { known }),
      remembered,
      isWhole: recheck,
    });
    if (cursor > 0 && whole.horizon > cursor) {
      // Removals since are not all in the feed any more: what is not there was removed.
      whole = await readRemoteSide(remote.feed(0), base, {
        ...{ cursor: 0, agent, nowMs, joinedAt, isAhead: true },
        ...(scope.isWhole ? {} : { known }),
        ...{ remembered: [], isWhole: true },
      });
    }
    const identity = { incarnation: whole.incarnation, revision: whole.head };
    const brake =
      judgeIdentity(row, identity) ?? (whole.isEmptied ? { kind: 'emptied' as const } : undefined);
    if (brake !== undefined) throw brakeError(brake, this.#context);
    if (whole.doubtful) return { ...NOTHING, settled: false, head: whole.head, doubtful: true };
    const localReader = new LocalChangeReader({
      reader,
      inos,
      base,
      content,
      remote: first === undefined ? row : { id: row.id, pushedSeq: logFrom },
      everything: first === undefined ? row.pushedSeq === 0 || recheck : 'root',
      upToSeq,
      clockOffsetMs: clockOffsetMs({ ...whole, askedAtMs }),
    });
    const decision = decide({
      ...{ reader, scope, base, known, inos, localReader },
      side: await withLostRemovals(whole, { reader, inos, remote }),
      options: { policy: config.conflictResolution, tieBreak: { agent } },
      choices: this.#options.choices ?? [],
    });
    const { plan, side, local: localTree, steps } = decision;
    const { copies, ...outcome } = decision.outcome;
    const found = { conflicts: plan.conflicts, decided: outcome };
    const contents = await copyContents(copies, { side, remote });
    if (this.#options.dryRun) {
      return {
        settled: true,
        revision: row.cursor,
        head: side.head,
        stale: false,
        pushed: plan.push.length,
        pulled: plan.apply.length,
        unsynced: pathsOf(plan, localTree),
        plan: this.#options.push
          ? preview(plan.push, side.tree, localTree)
          : preview(plan.apply, localTree, side.tree),
        commits: 0,
        applied: false,
        ...found,
      };
    }
    const pull = this.#options.pull || needsBoth(plan);
    // A node that is adopted is here already, under its former name.
    const here = plan.adopt.size === 0 ? localTree : new RenamedTree(localTree, plan.adopt);
    const deletions = new Deletions(this.#context, {
      apply: pull ? plan.apply : [],
      push: this.#options.push ? plan.push : [],
      local: here,
      remote: side.tree,
      remoteId: row.id,
    });
    if (this.#options.force !== true) deletions.check();
    const moves =
      plan.apply.length + plan.push.length + plan.agreed.length + side.own.length + steps.first.length;
    if (moves > 0 && !isAhead && first === undefined) await host.finish({ remote: row.id, isAhead: true });
    // From here on the base is of no filters, until everything has been compared.
    if (scope.isNew && state.scope !== LOOK_AGAIN) await host.finish({ remote: row.id, scope: LOOK_AGAIN });
    for (const [from, to] of plan.adopt) inos.adopt(from, to);
    const referTo = (id: NodeId) => ({ id, ino: inos.inoToRecord(id) });
    const pushed = new Set(plan.push.map(keyOf));
    const parts = { plan, side, base, pushed, referTo };
    const shared = { host, remoteId: row.id, remote, progress: this.#progressOf('pull') };
    await this.#carryOut(row.id, steps.first);
    const incoming = new Incoming({
      ...shared,
      inos,
      local: here,
      side,
      copies: contents,
      isHere: (ino) => reader.inode(ino) !== undefined,
      pushed,
      downloads: new Downloads({
        ...shared,
        changes: localReader,
        content,
        renewing: (work) => reader.renewing(work),
      }),
      losers: losersOf({
        plan,
        base: side.base,
        local: localTree,
        remoteId: row.id,
        agent,
        atMs: side.serverTimeMs,
        digest: (text) => sha256(Buffer.from(text)),
      }),
    });
    if (pull) await incoming.prepare(plan.apply);
    // An entry is only taken into the base where its directory is there already.
    await this.#carryOut(row.id, [...adoptSteps(parts), ...agreedNodeSteps(parts)]);
    const refused = pull ? await incoming.carryOut(plan.apply) : 0;
    let result: PushResult = { complete: true, pushed: 0, commits: 0, revision: side.head, lastCommit: 0 };
    const { pushed: sent, withheld } = withhold(plan.push, { quarantine: whole.quarantine, tree: side.tree });
    if (this.#options.push && sent.length > 0) {
      result = await new Outgoing({
        host,
        remoteId: row.id,
        remote,
        inos,
        base,
        side,
        changes: localReader,
        copies: contents,
        content,
        agent,
        batchSize: config.batchSize,
        newUuid: this.#context.newUuid,
        timers: this.#context.timers,
        progress: this.#progressOf('push'),
      }).carryOut(sent);
    }
    const settled = refused === 0 && result.complete;
    if (this.#options.force !== true) deletions.note();
    if (pull && refused === 0) await this.#carryOut(row.id, steps.afterApply);
    if (this.#options.push && result.complete) await this.#carryOut(row.id, steps.afterPush);
    if (settled && !this.#options.push) await this.#carryOut(row.id, seenSteps(parts));
    await this.#carryOut(
      row.id,
      agreedEntrySteps(parts, { isApplied: pull && refused === 0, isPushed: result.commits > 0 }),
    );
    const revision = await this.#finish(row.id, {
      ...parts,
      pull,
      decision,
      scope,
      withheld: new Set(withheld.map(keyOf)),
      quarantine: [...whole.quarantine, ...incoming.spoiled],
      remembered,
      result,
      settled,
      upToSeq,
      cursor: row.cursor,
    });
    return {
      settled: settled && !mustGoOn(decision, { pull, push: this.#options.push }),
      revision,
      head: side.head,
      stale: !result.complete,
      pushed: result.pushed,
      pulled: (first?.pulled ?? 0) + (pull ? plan.apply.length : 0),
      unsynced: [],
      commits: result.commits,
      applied: pull && refused === 0,
      ...found,
    };
  }

  #progressOf(phase: 'push' | 'pull'): TransferProgress {
    return new TransferProgress((progress) => this.#context.onProgress(phase, progress));
  }

  /** Where there is nothing here yet, what the remote has is made at once; the rest of the round has little to do then. */
  async #firstPull(row: RemoteRow, joinedAt: number): Promise<FirstPull | undefined> {
    const { reader, host, remote, agent } = this.#context;
    const { pull, dryRun } = this.#options;
    if (!pull || dryRun || this.#isFiltered || row.cursor > 0 || !reader.isBlank(row.id)) return undefined;
    const pulled = await firstPull(remote, {
      host,
      remoteId: row.id,
      agent,
      joinedAt,
      begin: async ({ incarnation, head }) => {
        const brake = judgeIdentity(row, { incarnation, revision: head });
        if (brake !== undefined) throw brakeError(brake, this.#context);
        await host.finish({ remote: row.id, isAhead: true });
      },
      progress: this.#progressOf('pull'),
    });
    reader.end();
    reader.begin();
    return pulled;
  }

  /** Where the remote has nothing yet, what is here goes there without being compared. */
  async #firstPush(row: RemoteRow, upToSeq: number): Promise<RoundResult | undefined> {
    const { reader, host, remote, agent, config, clock, newUuid, timers } = this.#context;
    const { push, dryRun } = this.#options;
    if (!push || dryRun || this.#isFiltered || row.cursor > 0 || reader.hasBase(row.id)) return undefined;
    const askedAtMs = clock.nowMs();
    const head = await remote.head();
    const answeredAtMs = clock.nowMs();
    if (head.revision > 0) return undefined;
    const brake = judgeIdentity(row, head);
    if (brake !== undefined) throw brakeError(brake, this.#context);
    await host.finish({ remote: row.id, isAhead: true });
    const inos = new NodeInos(reader, row.id, agent);
    const content = new LocalContent(reader);
    const changes = new LocalChangeReader({
      ...{ reader, inos, content, remote: row, everything: true, upToSeq },
      base: new BaseTree(reader, row.id, inos),
      clockOffsetMs: clockOffsetMs({ ...head, askedAtMs, answeredAtMs }),
    });
    const progress = this.#progressOf('push');
    const all = reader.totals();
    progress.expect(all.inodes, all.bytes);
    const sender = new CommitSender({
      ...{ remote, head: 0, newUuid, timers },
      chunk: (hash) => content.chunk(hash),
      progress,
    });
    const commits = firstCommits({ reader, inos, changes, agent, batchSize: config.batchSize });
    const result = await sender.send(commits, ({ nodes, entries, manifests }, revision) =>
      host.agree(row.id, { nodes, entries, manifests, revision }),
    );
    const { complete, pushed, revision } = result;
    await host.finish({
      remote: row.id,
      cursor: revision,
      isAhead: revision < result.lastCommit,
      ...(complete ? { pushedSeq: Math.max(1, upToSeq) } : {}),
      incarnation: head.incarnation,
      conflicts: [],
    });
    return {
      ...NOTHING,
      ...{ settled: complete, stale: !complete, revision, head: 0, pushed, commits: result.commits },
    };
  }

  async #carryOut(remoteId: number, steps: readonly SyncStep[]): Promise<void> {
    for (let at = 0; at < steps.length; at += MESSAGE_STEPS) {
      await this.#context.host.apply(remoteId, steps.slice(at, at + MESSAGE_STEPS));
    }
  }

  /**
   * The cursor moves where everything up to it is here, the mark in the change log where everything up to it is there. A
   * pending conflict holds both back, and so does what a pull alone left to push over: a row that the base did not follow is
   * needed again.
   */
  async #finish(
    remote: number,
    of: RoundParts & {
      readonly pull: boolean;
      readonly decision: Decision;
      readonly scope: Scope;
      /** Keys of what could not be pushed. */
      readonly withheld: ReadonlySet<string>;
      readonly quarantine: readonly QuarantineRow[];
      readonly remembered: readonly QuarantineRow[];
      readonly result: PushResult;
      readonly settled: boolean;
      readonly upToSeq: number;
      readonly cursor: number;
    },
  ): Promise<number> {
    const { plan, side, pull, result, settled, upToSeq, decision, scope, withheld, quarantine } = of;
    const pending = plan.conflicts.filter((conflict) => conflict.winner === undefined);
    const { afterApply, afterPush } = decision.steps;
    const allHere = settled && (pull || plan.apply.length + afterApply.length === 0);
    // A push alone leaves what lost here to the pull that will take it away, with its conflict.
    const decidedHere = pull
      ? pending.length === 0
      : !losesHere(plan, decision.touchedHere) && plan.conflicts.every(({ winner }) => winner === 'local');
    const pushesAll = this.#options.push || plan.push.length + afterPush.length === 0;
    const allThere = settled && decidedHere && pushesAll && withheld.size === 0;
    let cursor = of.cursor;
    if (allHere) {
      const settledHere = settledKeys(of, { isApplied: pull, isPushed: this.#options.push });
      const kept = keysOf(afterApply);
      const lowest = side.lowestRevision(
        (change) =>
          (settledHere.has(keyOf(change)) && !withheld.has(keyOf(change))) ||
          kept.has(keyOf(change)) ||
          decision.isRemembered(change),
      );
      cursor = lowest === undefined ? result.revision : Math.min(lowest - 1, side.head);
    }
    await this.#context.host.finish({
      remote,
      cursor: Math.max(cursor, of.cursor),
      isAhead: cursor < Math.max(side.head, result.lastCommit),
      // 0 stands for "never pushed everything": a first sync looks at all there is.
      ...(allThere ? { pushedSeq: Math.max(1, upToSeq) } : {}),
      incarnation: side.incarnation,
      ...(decision.lookAgain
        ? { scope: LOOK_AGAIN }
        : allHere && allThere && scope.isNew
          ? { scope: scope.key }
          : {}),
      ...(JSON.stringify(quarantine) === JSON.stringify(of.remembered) ? {} : { quarantine }),
      conflicts: pending.map((conflict) => ({ id: conflict.id, json: JSON.stringify(conflict) })),
    });
    return Math.max(cursor, of.cursor);
  }
}

/** What was carried out has shown or hidden other things, which are to be looked at in the same run. */
function mustGoOn(
  { lookAgain, plan, steps }: Decision,
  { pull, push }: { pull: boolean; push: boolean },
): boolean {
  const isApplied = pull || plan.apply.length + steps.afterApply.length === 0;
  return lookAgain && isApplied && (push || plan.push.length + steps.afterPush.length === 0);
}

/** What both sides changed becomes something third: where that is pushed it has to be applied as well. */
function needsBoth({ apply, push }: Plan): boolean {
  const pushed = new Set(push.map(keyOf));
  return apply.some((change) => pushed.has(keyOf(change)));
}

/** Something that was changed here is to be changed again by a pull: what was changed must stay in mind until then. */
function losesHere({ apply, adopt }: Plan, touched: TouchedSet): boolean {
  const idOf = (id: NodeId) => adopt.get(id) ?? id;
  const keys = new Set([...touched.nodes].map(idOf));
  for (const { parent, name } of touched.entries) keys.add(slotKey({ parent: idOf(parent), name }));
  return apply.some((change) => keys.has(keyOf(change)));
}

/**
 * Reads both sides of a round: the remote's feed over the base, and the reader of what changed here.
 *
 * Both are of one moment each: the feed of its head, what is here of the snapshot that the round began with.
 */
import type { RemoteRow } from '../../store/index.js';
import { brakeError, judgedAfter } from '../brakes/index.js';
import { toServerTime } from '../core/clock-offset.js';
import { BaseTree } from '../local/base-tree.js';
import { KnownTree } from '../local/known-tree.js';
import { LocalChangeReader } from '../local/local-changes.js';
import { LocalContent } from '../local/local-content.js';
import { NodeInos } from '../local/node-inos.js';
import type { FeedPage } from '../remote/index.js';
import { assertOwnCommits, assertSameRemote, type RoundContext, type RoundState } from './context.js';
import { type RemoteSide, readRemoteSide, type UnsettledRemote } from './feed-tree.js';
import type { Scope } from './scope.js';
import { readUnsettled } from './unsettled-there.js';

export interface Reading {
  readonly row: RemoteRow;
  readonly state: RoundState;
  readonly scope: Scope;
  /** Compare everything, whatever the cursor and the log say. */
  readonly recheck: boolean;
  /** What a first pull in this round left of the feed, and where the log stood when it began. */
  readonly afterFirstPull?: { readonly rest: FeedPage; readonly logFrom: number };
  /** When the remote was asked first in this round, by this machine's clock. */
  readonly askedAtMs: number;
  /** Where the log stands in the snapshot. */
  readonly upToSeq: number;
}

export interface Sides {
  readonly inos: NodeInos;
  readonly base: BaseTree;
  readonly known: KnownTree;
  readonly content: LocalContent;
  /** The whole remote, whatever the filters are. */
  readonly remote: RemoteSide;
  /** What of it waits since an earlier round. */
  readonly unsettled: UnsettledRemote;
  readonly localReader: LocalChangeReader;
}

/** Throws SYNC_BRAKE where the remote is not what it was. */
export async function readSides(context: RoundContext, reading: Reading): Promise<Sides> {
  const { reader, agent } = context;
  const { row, scope, recheck, afterFirstPull, upToSeq, askedAtMs } = reading;
  const inos = new NodeInos(reader, row.id, agent, { isFiltered: !scope.isWhole });
  const base = new BaseTree(reader, row.id, inos);
  const known = new KnownTree(reader, row.id, base);
  const content = new LocalContent(reader);
  const unsettled = readUnsettled(reader, row.id);
  const remote = await readRemote(context, reading, { base, known, unsettled });
  assertSameRemote(row, { incarnation: remote.incarnation, revision: remote.head }, context);
  await assertOwnCommits(remote.ownCommits, { remoteId: row.id, context });
  if (remote.isEmptied) throw brakeError({ kind: 'emptied' }, context);
  const localReader = new LocalChangeReader({
    ...{ reader, inos, base, content, upToSeq },
    ...(afterFirstPull === undefined
      ? { remote: row, everything: row.pushedSeq === 0 || recheck }
      : { remote: { id: row.id, pushedSeq: afterFirstPull.logFrom }, everything: 'root' }),
    // What a round that died has changed here is in no log that this remote is told.
    knowsHashes: reading.state.isAhead !== true,
    toServerTime: toServerTime({ ...remote, askedAtMs }),
  });
  return { inos, base, known, content, remote, unsettled, localReader };
}

async function readRemote(
  { remote, reader, agent, clock }: RoundContext,
  { row, state, scope, recheck, afterFirstPull }: Reading,
  { base, known, unsettled }: Pick<Sides, 'base' | 'known' | 'unsettled'>,
): Promise<RemoteSide> {
  const { joinedAt = 0 } = state;
  const isAhead = state.isAhead === true && afterFirstPull === undefined;
  const cursor = recheck ? 0 : row.cursor;
  const judged = judgedAfter(row.cursor, state);
  const from = {
    ...{ agent, joinedAt },
    nowMs: () => clock.nowMs(),
    ...(scope.isWhole ? {} : { known }),
  };
  // A round that did not end may have pushed what a replica does not have yet: it must not seem to be gone again.
  if (isAhead) await remote.catchUp();
  const side = await readRemoteSide(
    afterFirstPull === undefined ? remote.feed(cursor, judged) : [afterFirstPull.rest],
    base,
    {
      ...from,
      cursor,
      // What a first pull has put into the base comes from this feed, and is in what is left of it no more.
      isAhead: recheck || isAhead,
      remembered: reader.quarantine(row.id),
      isWhole: recheck,
      // A feed from the beginning has them all.
      ...(cursor === 0 ? {} : { unsettled }),
    },
  );
  if (cursor === 0 || side.horizon <= cursor) return side;
  // Removals since are not all in the feed any more: what is not there was removed.
  return await readRemoteSide(remote.feed(0, judged), base, {
    ...from,
    ...{ cursor: 0, isAhead: true, remembered: [], isWhole: true },
  });
}

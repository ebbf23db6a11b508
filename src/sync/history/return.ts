/**
 * Takes the workspace, or one place in it, back to what it was: as a change made here, file by file whole.
 *
 * It goes the way of a pull (steps to the main thread, in slices, caches told), but the log says that it was made here,
 * and the base stays. What somebody touches meanwhile is left as it is. Versions that no remote has are kept in history
 * by the transaction that replaces them.
 */
import { AgentFsError } from '../../base/index.js';
import type { RemoteRow, StoreReader } from '../../store/index.js';
import { ORIGIN_RESTORE } from '../../vfs/types.js';
import { type NodeId, OverlayTree, type TreeView } from '../core/index.js';
import { BaseTree } from '../local/base-tree.js';
import { LocalChangeReader } from '../local/local-changes.js';
import { LocalContent } from '../local/local-content.js';
import { LocalTree } from '../local/local-tree.js';
import { NodeInos } from '../local/node-inos.js';
import type { FeedNode, NodeContent, RemoteWorkspace } from '../remote/index.js';
import { Downloads } from '../round/downloads.js';
import { Incoming } from '../round/incoming.js';
import { scopeOf } from '../round/scope.js';
import { type Progress, TransferProgress } from '../round/transfer-progress.js';
import { parseConfig } from '../settings.js';
import type { SyncHost } from '../steps.js';
import { sha256 } from '../transfer/index.js';
import { losersOf } from './losers.js';
import { planReturn, type ReturnInput } from './return-plan.js';

export interface ReturnContext {
  readonly reader: StoreReader;
  readonly host: SyncHost;
  readonly remoteName: string;
  readonly agent: string;
  readonly nowMs: () => number;
  readonly newUuid: () => string;
  readonly transferred: (progress: Progress) => void;
}

/** What to go back to, found with the local tree in hand. */
export interface ReturnTarget {
  readonly past: TreeView;
  readonly at?: ReturnInput['at'];
  contentOf(past: NodeId): NodeContent | undefined;
  /** Of those that `contentOf` does not have. */
  fetch?(past: NodeId): Promise<FeedNode | undefined>;
  readonly source: Pick<RemoteWorkspace, 'getChunks'>;
}

export interface ReturnOptions {
  readonly dryRun: boolean;
  /** Replace versions that no remote has: they stay in history. */
  readonly overUnsynced: boolean;
}

export interface ReturnResult {
  /** Nodes and entries changed. */
  readonly changed: number;
  /** Versions that no remote had, now kept in history. */
  readonly kept: number;
}

export async function returnTo(
  context: ReturnContext,
  find: (local: TreeView, row: RemoteRow) => Promise<ReturnTarget>,
  options: ReturnOptions,
): Promise<ReturnResult> {
  const { reader, host, remoteName, agent } = context;
  await host.begin(ORIGIN_RESTORE);
  try {
    reader.begin();
    const row = reader.remote(remoteName);
    if (row === undefined) throw new AgentFsError('SYNC_NOT_ENABLED', `there is no remote '${remoteName}'`);
    const { local, base, inos, reading, content, filter, kindOf } = readLocal(context, row);
    const target = await find(local, row);
    const { changes, origins } = planReturn({
      local,
      past: target.past,
      ...(target.at === undefined ? {} : { at: target.at }),
      filter,
      ...(kindOf === undefined ? {} : { kindOf }),
      freshId: () => context.newUuid().replaceAll('-', ''),
    });
    const losers = losersOf({
      plan: { apply: changes, adopt: new Map(), conflicts: [] },
      base,
      local,
      remoteId: row.id,
      agent,
      atMs: context.nowMs(),
      why: 'restore',
      digest: (text) => sha256(Buffer.from(text)),
    });
    if (losers.size > 0 && !options.overUnsynced)
      throw unsyncedEdits([...losers.values()].map((it) => it.path));
    if (options.dryRun || changes.length === 0) return { changed: changes.length, kept: 0 };
    const progress = new TransferProgress(context.transferred);
    const refused = await new Incoming({
      host,
      remoteId: ORIGIN_RESTORE,
      remote: { nodeContent: async (id) => await target.fetch?.(origins.get(id) ?? id) },
      inos,
      local,
      side: {
        tree: new OverlayTree(local, changes),
        head: row.cursor,
        contentOf: (id) => {
          const past = origins.get(id) ?? id;
          const kind = target.past.node(past)?.kind;
          return kind === 'file' || kind === 'symlink' ? target.contentOf(past) : { kind: 'none' };
        },
        entryRevision: () => 0,
      },
      isHere: (ino) => reader.isHere(ino),
      // Nothing of this is the base's business: it is to be pushed.
      pushed: { has: () => true },
      losers,
      downloads: new Downloads({
        host,
        remoteId: ORIGIN_RESTORE,
        remote: target.source,
        changes: reading,
        content,
        progress,
        renewing: (work) => work(),
      }),
      progress,
    }).carryOut(changes);
    if (refused > 0) throw changedMeanwhile(refused);
    return { changed: changes.length, kept: losers.size };
  } finally {
    reader.end();
    await host.end(ORIGIN_RESTORE);
  }
}

/**
 * The tree here as the snapshot has it. Where paths are or were excluded, it is read as it stands, since neither the base nor
 * the log tells of what is hidden.
 */
export function readLocal({ reader, agent }: Pick<ReturnContext, 'reader' | 'agent'>, row: RemoteRow) {
  const { scope } = JSON.parse(row.state) as { readonly scope?: string };
  const { filter, isWhole } = scopeOf(parseConfig(row.config), scope);
  const inos = new NodeInos(reader, row.id, agent, { isFiltered: !isWhole });
  const base = new BaseTree(reader, row.id, inos);
  const content = new LocalContent(reader);
  const reading = new LocalChangeReader({
    reader,
    inos,
    base,
    content,
    remote: row,
    everything: row.pushedSeq === 0,
    upToSeq: reader.lastSeq(),
    // Nobody asks when it was edited.
    toServerTime: (atMs) => atMs,
  });
  const shared = { base, inos, reading, content, filter };
  if (isWhole) return { ...shared, local: new OverlayTree(base, reading.read().changes), kindOf: undefined };
  reading.readTouched();
  const local = new LocalTree(reader, inos, (ino) => reading.versionOf(ino));
  return { ...shared, local, kindOf: (id: NodeId) => local.kindOf(id) };
}

/** Exit 6: somebody has to say --force. */
export function unsyncedEdits(paths: readonly string[]): AgentFsError {
  const some = paths.slice(0, 3).join(', ');
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  return new AgentFsError('SYNC_BRAKE', `there are changes here that were never pushed: ${some}${more}`, {
    operation: 'pull',
    hint: 'Push them first, or use --force: they are pushed as a commit of their own then, and stay in history.',
    data: { paths },
  });
}

function changedMeanwhile(count: number): AgentFsError {
  return new AgentFsError(
    'SYNC_BUSY',
    `${count} changes were not made: somebody changed the same meanwhile`,
    {
      operation: 'pull',
      hint: 'What they changed is as they left it, the rest is as it was then. Run it again.',
    },
  );
}

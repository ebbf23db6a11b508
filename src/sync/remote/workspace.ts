/**
 * One workspace on one remote: the connection, the workspace's row, and the operations bound to them.
 *
 * The row (its number and incarnation) is found by the first call that needs it and kept; a commit checks it again on
 * the server. Calls may run side by side; each is complete in itself.
 */
import { randomBytes } from 'node:crypto';
import { AgentFsError, systemTimers, type Timers } from '../../base/index.js';
import type { NodeId } from '../core/tree.js';
import { listAgents, putAgent } from './agents.js';
import { appendAudit, listAudit } from './audit.js';
import { catchUp } from './catch-up.js';
import * as chunkStore from './chunks.js';
import { Connection, ConstraintFailure } from './connection.js';
import { readFeed } from './feed.js';
import { RemoteHistory } from './history.js';
import { listenToCommits } from './listen.js';
import { packChanges, pushCommit } from './push.js';
import { NODE_CONTENT, NODE_OWN, readNode, readPage, rowsSql } from './records.js';
import type { RemoteOptions, RemoteWorkspace } from './remote-workspace.js';
import { REMOTE_SCHEMA_VERSION } from './schema.js';
import type {
  Chunk,
  ChunkReference,
  FeedNode,
  FeedPage,
  FetchedChunks,
  NodeContent,
  PackedChanges,
  PushChange,
  PushCommit,
  PushOutcome,
  RemoteAgent,
  RemoteAuditRow,
  RemoteHead,
  RemoteIdentity,
  RemoteStatistics,
  Subscription,
} from './types.js';
import { ensureWorkspace, findWorkspace, type WorkspaceRow } from './workspaces.js';

const DEFAULT_TIMEOUT_MS = 60_000;

/** Opens nothing yet: the first call does. Throws USAGE for an address that is none. */
export function openRemote(options: RemoteOptions): RemoteWorkspace {
  return new LibsqlWorkspace(options);
}

class LibsqlWorkspace implements RemoteWorkspace {
  readonly #options: RemoteOptions;
  readonly #connection: Connection;
  readonly #compression: boolean;
  readonly history: RemoteHistory;
  #row: WorkspaceRow | undefined;
  #chunksSent = 0;
  #chunksReused = 0;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#compression = options.compression ?? true;
    const { fetch, clock, database } = options.ports ?? {};
    this.#connection = new Connection({
      url: options.url,
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      ...(options.token === undefined ? {} : { token: options.token }),
      ...(fetch === undefined ? {} : { fetch }),
      ...(clock === undefined ? {} : { clock }),
      ...(database === undefined ? {} : { database }),
    });
    this.history = new RemoteHistory({
      connection: this.#connection,
      workspace: () => this.#known(),
      compression: this.#compression,
      timers: options.ports?.timers ?? systemTimers,
    });
  }

  async ensure(): Promise<RemoteIdentity> {
    const random = this.#options.ports?.randomBytes ?? randomBytes;
    const { row, created } = await ensureWorkspace(this.#connection, this.#options.workspace, random(16));
    this.#row = row;
    // A replica may be behind what it has just handed on.
    if (created && (await findWorkspace(this.#connection, this.#options.workspace)) === undefined)
      await this.catchUp();
    return { ...headOf(row), created };
  }

  async head(): Promise<RemoteHead> {
    return headOf(await this.#find());
  }

  async *feed(cursor: number, options?: { readonly commitsAfter: number }): AsyncGenerator<FeedPage> {
    const { id } = await this.#known();
    const { agent } = this.#options;
    yield* readFeed(cursor, {
      connection: this.#connection,
      workspace: id,
      timers: this.#timers,
      catchUp: () => this.catchUp(),
      ...(options === undefined ? {} : { commitsOf: { agent, after: options.commitsAfter } }),
    });
  }

  async catchUp(): Promise<RemoteHead> {
    const row = await catchUp(this.#options.workspace, {
      connection: this.#connection,
      timers: this.#timers,
    });
    if (row === undefined) throw noWorkspace();
    return headOf(row);
  }

  get #timers(): Timers {
    return this.#options.ports?.timers ?? systemTimers;
  }

  async pack(changes: readonly PushChange[]): Promise<PackedChanges> {
    const { id: workspace } = await this.#known();
    return packChanges(changes, { workspace, compression: this.#compression }, this.#timers);
  }

  async push(commit: PushCommit): Promise<PushOutcome> {
    return pushCommit(commit, {
      connection: this.#connection,
      workspace: await this.#known(),
      agent: this.#options.agent,
      compression: this.#compression,
    });
  }

  async chunksMissing(hashes: readonly string[]): Promise<string[]> {
    const missing = await chunkStore.chunksMissing(this.#connection, hashes);
    this.#chunksReused += new Set(hashes).size - missing.length;
    return missing;
  }

  async putChunks(chunks: readonly Chunk[]): Promise<void> {
    await chunkStore.putChunks(this.#connection, chunks, this.#compression);
    this.#chunksSent += chunks.length;
  }

  getChunks(references: readonly ChunkReference[]): Promise<FetchedChunks> {
    return chunkStore.getChunks(this.#connection, references);
  }

  async nodeContent(id: NodeId, revision?: number): Promise<FeedNode | undefined> {
    const { id: workspace } = await this.#known();
    const live = `SELECT id, rev_from AS revision, 1 AS found FROM agentfs_nodes INDEXED BY agentfs_nodes_live
                  WHERE workspace = ?1 AND node = unhex(?2) AND rev_to IS NULL`;
    const then = `${live} AND rev_from <= ?3 UNION ALL
                  SELECT id, rev_from, 1 FROM agentfs_nodes INDEXED BY agentfs_nodes_ended
                  WHERE workspace = ?1 AND node = unhex(?2) AND rev_to > ?3 AND rev_from <= ?3`;
    return await this.#oneNode(revision === undefined ? live : then, [
      workspace,
      id,
      ...(revision === undefined ? [] : [revision]),
    ]);
  }

  async versionOf(revision: number, hash: string): Promise<FeedNode | undefined> {
    const { id: workspace } = await this.#known();
    const rows = (index: string, where: string) =>
      `SELECT id, rev_from AS revision, 1 AS found FROM agentfs_nodes INDEXED BY agentfs_nodes_${index}
       WHERE workspace = ?1 AND rev_from = ?2 AND ${where} AND hash = unhex(?3)`;
    const either = `${rows('feed', 'rev_to IS NULL')} UNION ALL ${rows('ended', 'rev_to > ?2')} LIMIT 1`;
    return await this.#oneNode(either, [workspace, revision, hash]);
  }

  /** `rows` selects at most one row of agentfs_nodes, as (id, revision, found). */
  async #oneNode(rows: string, args: (string | number)[]): Promise<FeedNode | undefined> {
    const result = await this.#connection.execute({
      sql: rowsSql({
        own: NODE_OWN,
        content: NODE_CONTENT,
        from: `FROM (${rows}) p CROSS JOIN agentfs_nodes n ON n.id = p.id
               LEFT JOIN agentfs_commits c ON c.workspace = ?1 AND c.revision = p.revision`,
        where: 'true',
      }),
      args,
    });
    const page = readPage(result.rows);
    if (page?.length === 0) return undefined;
    const record = page?.[0];
    const node = record === undefined ? 'its row is malformed' : readNode(record, false);
    if (typeof node === 'string') throw corrupt(`node ${record?.id}: ${node}`);
    return node;
  }

  async *readContent(content: NodeContent): AsyncGenerator<Uint8Array> {
    if (content.kind === 'inline') yield content.bytes;
    if (content.kind !== 'chunks') return;
    for (const part of chunkStore.parts(content.chunks)) {
      const { chunks, missing, quarantined } = await this.getChunks(part);
      const bad = quarantined[0];
      if (bad !== undefined) throw corrupt(`chunk ${bad.id}: ${bad.reason}`);
      if (missing[0] !== undefined) throw corrupt(`chunk ${missing[0]} is missing`);
      for (const reference of part) {
        const bytes = chunks.get(reference.hash);
        if (bytes === undefined || bytes.length !== reference.size) {
          throw corrupt(`chunk ${reference.hash} has two sizes`);
        }
        yield bytes;
      }
    }
  }

  readonly schemaVersion = REMOTE_SCHEMA_VERSION;

  async mayWrite(): Promise<boolean> {
    try {
      // No row can enter this table: who gets as far as that may write.
      await this.#connection.batch(
        [{ sql: 'INSERT INTO agentfs_guards (broken) VALUES (1)', args: [] }],
        'write',
      );
    } catch (error) {
      if (error instanceof ConstraintFailure) return true;
      if (!(error instanceof AgentFsError) || error.code !== 'REMOTE_AUTH') throw error;
    }
    return false;
  }

  async appendAudit(rows: readonly Omit<RemoteAuditRow, 'revision'>[]): Promise<void> {
    await appendAudit(this.#connection, (await this.#known()).id, rows);
  }

  async audit(limit: number): Promise<RemoteAuditRow[]> {
    return await listAudit(this.#connection, (await this.#known()).id, limit);
  }

  async agents(): Promise<RemoteAgent[]> {
    return await listAgents(this.#connection, (await this.#known()).id);
  }

  async heartbeat(report: { readonly host: string; readonly revision: number }): Promise<void> {
    const { id: workspace } = await this.#known();
    await putAgent(this.#connection, { workspace, agent: this.#options.agent, ...report });
  }

  listen(onHint: () => void): Promise<Subscription> {
    return listenToCommits(this.#connection, onHint);
  }

  statistics(): RemoteStatistics {
    return {
      ...this.#connection.counts,
      waitingMs: this.#connection.waitingMs,
      chunksSent: this.#chunksSent,
      chunksReused: this.#chunksReused,
    };
  }

  close(): void {
    this.#connection.close();
  }

  async #known(): Promise<WorkspaceRow> {
    return this.#row ?? (await this.#find());
  }

  async #find(): Promise<WorkspaceRow> {
    const row = await findWorkspace(this.#connection, this.#options.workspace);
    if (row === undefined) {
      throw noWorkspace();
    }
    this.#row ??= row;
    return row;
  }
}

function noWorkspace(): AgentFsError {
  return new AgentFsError('REMOTE_REJECTED', 'the remote has no such workspace', {
    operation: 'open remote',
    hint: 'Enable sync again: agentfs sync enable <workspace> --turso-db …',
  });
}

function headOf({ revision, incarnation, serverTimeMs }: WorkspaceRow): RemoteHead {
  return { revision, incarnation, serverTimeMs };
}

function corrupt(what: string): AgentFsError {
  return new AgentFsError('REMOTE_CORRUPT', `the remote sent what cannot be believed: ${what}`, {
    operation: 'pull',
  });
}

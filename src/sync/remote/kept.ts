/**
 * Versions that lost on an agent's side before they were ever live, on the remote (agentfs_kept).
 *
 * They come by themselves, beside the commits: no revision is made and no feed tells of them. Their id is made by the
 * agent, so a row whose answer was lost comes once. As in a commit, every chunk must be there.
 */
import type { NodeId, NodeVersion } from '../core/tree.js';
import { encode, encodeManifest } from '../transfer/index.js';
import { guardSql } from './commit-step.js';
import { type Connection, ConstraintFailure } from './connection.js';
import { NODE_CONTENT, NODE_OWN, readNode, readPage, rowsSql } from './records.js';
import type { Statement } from './statement.js';
import type { FeedNode, NodeContent } from './types.js';
import { kindCode, kindOfCode } from './wire.js';
import { HEAD_OF_WORKSPACE } from './workspaces.js';

export interface KeptUpload {
  /** 32 hex digits. */
  readonly id: string;
  readonly node: NodeId;
  readonly path: string;
  /** `agent` is who had edited it. */
  readonly version: NodeVersion;
  readonly why: string;
  readonly keptAtMs: number;
  /** `elsewhere`: the remote has a version of this node with this hash. */
  readonly content: NodeContent | { readonly kind: 'elsewhere' };
}

export interface KeptRecord extends Pick<KeptUpload, 'id' | 'node' | 'path' | 'why' | 'keptAtMs'> {
  readonly revision: number;
  readonly agent: string;
  readonly kind: NodeVersion['kind'];
  readonly size: number;
  readonly hash: string;
  readonly mode: number;
}

const COLUMNS = `workspace, uuid, revision, kept_at_ms, agent, why, path, node, kind, mode, uid, gid, rdev, size,
  mtime_sec, mtime_nsec, xattrs, hash, edited_at_ms, target, encoding, inline, manifest`;
const LISTED_MAX = 1000;

/** Stores them; returns the ids of those that the remote has now. A missing chunk fails none of the others. */
export async function putKept(
  uploads: readonly KeptUpload[],
  { connection, workspace, compression }: { connection: Connection; workspace: number; compression: boolean },
): Promise<string[]> {
  const stored: string[] = [];
  for (const upload of uploads) {
    const steps = [
      ...chunkGuard(upload),
      insertKept(upload, workspace, compression),
      selectKept(upload.id, workspace),
    ];
    try {
      const results = await connection.batch(steps, 'write');
      if (Number(results.at(-1)?.rows[0]?.[0] ?? 0) > 0) stored.push(upload.id);
    } catch (error) {
      if (!(error instanceof ConstraintFailure)) throw error;
    }
  }
  return stored;
}

function chunkGuard({ content }: KeptUpload): Statement[] {
  if (content.kind !== 'chunks') return [];
  const query = `FROM json_each(?1) j LEFT JOIN agentfs_chunks c ON c.hash = unhex(j.value) WHERE c.id IS NULL`;
  return [
    { sql: guardSql(query), args: [JSON.stringify([...new Set(content.chunks.map(({ hash }) => hash))])] },
  ];
}

function selectKept(id: string, workspace: number): Statement {
  return {
    sql: 'SELECT count(*) FROM agentfs_kept WHERE workspace = ?1 AND uuid = unhex(?2)',
    args: [workspace, id],
  };
}

function insertKept(upload: KeptUpload, workspace: number, compression: boolean): Statement {
  const { id, node, path, version: v, why, keptAtMs, content } = upload;
  const sql = (from: string, target: string, encoding: string, inline: string, manifest: string) =>
    `INSERT INTO agentfs_kept (${COLUMNS})
     SELECT ?1, unhex(?2), ${HEAD_OF_WORKSPACE}, ?3, ?4, ?5, ?6, unhex(?7), ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
       unhex(?17), ?18, ${target}, ${encoding}, ${inline}, ${manifest} FROM ${from} ON CONFLICT DO NOTHING`;
  const args = [
    ...[
      workspace,
      id,
      keptAtMs,
      v.agent,
      why,
      path,
      node,
      kindCode(v.kind),
      v.mode,
      v.uid,
      v.gid,
      v.rdev,
      v.size,
    ],
    ...[v.mtimeSec, v.mtimeNsec, v.xattrs, v.hash, Math.trunc(v.editedAtMs)],
  ];
  if (content.kind === 'elsewhere') {
    const rows = ['live WHERE', 'past WHERE'].map(
      (
        index,
      ) => `SELECT target, encoding, inline, manifest FROM agentfs_nodes INDEXED BY agentfs_nodes_${index}
        workspace = ?1 AND node = unhex(?7) AND hash = unhex(?17) AND size = ?13 AND kind = ?8
        AND rev_to IS ${index.startsWith('live') ? '' : 'NOT '}NULL`,
    );
    const from = `(${rows.join(' UNION ALL ')} LIMIT 1) o WHERE true`;
    return { sql: sql(from, 'o.target', 'o.encoding', 'o.inline', 'o.manifest'), args };
  }
  const inline = content.kind === 'inline' ? encode(content.bytes, compression) : undefined;
  const manifest = content.kind === 'chunks' ? encodeManifest(content.chunks) : null;
  return {
    sql: sql('(SELECT 1) WHERE true', '?19', '?20', '?21', '?22'),
    args: [
      ...args,
      content.kind === 'target' ? content.target : null,
      inline?.encoding ?? 0,
      inline?.data ?? null,
      manifest,
    ],
  };
}

/** Kept versions of a path, or of these nodes; all where neither is given. The newest first, a thousand at most. */
export async function listKept(
  of: { readonly path?: string | undefined; readonly nodes?: readonly NodeId[] | undefined },
  { connection, workspace }: { connection: Connection; workspace: number },
): Promise<KeptRecord[]> {
  const some = of.path !== undefined || of.nodes !== undefined;
  const result = await connection.execute({
    sql: `SELECT lower(hex(uuid)), lower(hex(node)), path, why, kept_at_ms, revision, agent, kind, size, lower(hex(hash)), mode
          FROM agentfs_kept WHERE workspace = ?1
            AND (?2 = 0 OR path = ?3 OR lower(hex(node)) IN (SELECT value FROM json_each(?4)))
          ORDER BY kept_at_ms DESC, id DESC LIMIT ${LISTED_MAX}`,
    args: [workspace, some ? 1 : 0, of.path ?? null, JSON.stringify(of.nodes ?? [])],
  });
  return result.rows.map((row) => ({
    id: String(row[0]),
    node: String(row[1]),
    path: String(row[2]),
    why: String(row[3]),
    keptAtMs: Number(row[4]),
    revision: Number(row[5]),
    agent: String(row[6]),
    kind: kindOfCode(Number(row[7])) ?? 'file',
    size: Number(row[8]),
    hash: String(row[9]),
    mode: Number(row[10]),
  }));
}

/** A kept version with its content; undefined where there is none, a reason where it cannot be believed. */
export async function readKept(
  id: string,
  { connection, workspace }: { connection: Connection; workspace: number },
): Promise<FeedNode | string | undefined> {
  const result = await connection.execute({
    sql: rowsSql({
      own: NODE_OWN,
      content: NODE_CONTENT,
      from: `FROM (SELECT id, revision, 1 AS found, agent, kept_at_ms AS committed_at_ms FROM agentfs_kept
               WHERE workspace = ?1 AND uuid = unhex(?2)) p
             CROSS JOIN agentfs_kept n ON n.id = p.id
             CROSS JOIN (SELECT id, agent, kept_at_ms AS committed_at_ms FROM agentfs_kept) c ON c.id = p.id`,
      where: 'true',
    }),
    args: [workspace, id],
  });
  const page = readPage(result.rows);
  if (page === undefined) return 'its row is malformed';
  const record = page[0];
  return record === undefined ? undefined : readNode(record, false);
}

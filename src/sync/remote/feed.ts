/**
 * What happened after a revision: the latest state of everything touched since, up to the head at the first page.
 *
 * An answer is one read transaction in one round trip, bounded in rows and bytes, and looked at in several pages. The head is fixed by the first page, so
 * commits that arrive meanwhile are left to the next feed: a row counts as live while `rev_to` is null or above that
 * head. Four runs go side by side, each by (revision, row id): live nodes, live entries, removed nodes, removed
 * entries. What was removed is there once for each version that ended after the cursor, the removal itself last: its
 * commit says who removed it.
 */
import { AgentFsError, type Timers } from '../../base/index.js';
import { ROOT_NODE } from '../core/tree.js';
import { isNodeId } from './checks.js';
import type { Connection } from './connection.js';
import {
  ENTRY_GONE,
  ENTRY_OWN,
  NODE_CONTENT,
  NODE_GONE,
  NODE_IS_SMALL,
  NODE_OWN,
  pageSql,
  readEntry,
  readNode,
  readPage,
  recordName,
  recordSlot,
  rowsSql,
  type VersionRecord,
} from './records.js';
import { SERVER_NOW_MS } from './schema.js';
import type { Statement } from './statement.js';
import type { FeedEntry, FeedNode, FeedPage, OwnCommit, Quarantined } from './types.js';
import { HEAD_OF_WORKSPACE } from './workspaces.js';

const NODES_A_PAGE = 4000;
const ENTRIES_A_PAGE = 8000;
/** Of an answer, looked at in one go. */
const RECORDS_A_PART = 512;
/** Of content and texts, before base64; a row that is larger has a page of its own. */
const BYTES_A_PAGE = 4 * 1024 * 1024;
/** About what a row weighs besides its content. */
const RECORD_BYTES = 280;

type Stage = 'live' | 'ended';

/** Where one run's next page begins: behind (revision, row id). */
interface Run {
  readonly table: 'nodes' | 'entries';
  readonly stage: Stage;
  readonly revision: number;
  readonly row: number;
}

interface Page {
  readonly nodes: FeedNode[];
  readonly entries: FeedEntry[];
  readonly quarantined: Quarantined[];
}

export interface FeedSource {
  readonly connection: Connection;
  readonly workspace: number;
  readonly timers: Timers;
  /** Waits until what is read is not older than what was seen before. */
  readonly catchUp?: () => Promise<unknown>;
  /** Ends the feed at a revision that is not the newest: from cursor 0, the tree as it was then. */
  readonly upTo?: number;
  /** Whose commits after a revision the first page is to name. */
  readonly commitsOf?: CommitsWanted;
}

interface CommitsWanted {
  readonly agent: string;
  readonly after: number;
}

/** The next page is on its way while the caller takes the one before: two are in memory at most. */
export async function* readFeed(cursor: number, source: FeedSource): AsyncGenerator<FeedPage> {
  const { upTo = null, commitsOf } = source;
  const begin = { revision: cursor, row: Number.MAX_SAFE_INTEGER };
  let runs: Run[] = [
    { table: 'nodes', stage: 'live', ...begin },
    { table: 'entries', stage: 'live', ...begin },
  ];
  if (cursor > 0) {
    runs.push({ table: 'nodes', stage: 'ended', ...begin }, { table: 'entries', stage: 'ended', ...begin });
  }
  const from = { head: upTo, source, commitsOf, countsAll: cursor === 0 && upTo === null };
  let answer = requestPage(runs, from);
  if ((await answer).head < cursor) {
    await source.catchUp?.();
    answer = requestPage(runs, from);
    if ((await answer).head < cursor) throw older();
  }
  for (;;) {
    const { records, total, ownCommits, ...facts } = await answer;
    const asked = runs;
    runs = asked.flatMap((run, index) => nextRun(run, records[index] ?? []));
    const last = runs.length === 0;
    if (!last) {
      answer = requestPage(runs, { head: facts.head, source });
      // Its failure is the caller's when the caller asks for the page, and nobody's when it never does.
      answer.catch(() => {});
      // The request has to leave before this thread is busy with the page that is here.
      await source.timers.turn();
    }
    let told: Pick<FeedPage, 'total' | 'ownCommits'> = { total, ownCommits };
    for (const { page, isEnd } of partsOf(asked, records)) {
      yield { ...facts, ...told, ...page, last: last && isEnd };
      told = { ownCommits: [] };
      // What is on its way needs this thread to go on.
      if (!isEnd) await source.timers.turn();
    }
    if (last) return;
  }
}

async function requestPage(
  runs: readonly Run[],
  from: {
    readonly head: number | null;
    readonly source: FeedSource;
    /** Say how much there is in all. */
    readonly countsAll?: boolean;
    readonly commitsOf?: CommitsWanted | undefined;
  },
): Promise<RemoteHeadAnswer> {
  const { connection, workspace } = from.source;
  const [answer, ...results] = await connection.batch(
    [
      headStatement(workspace, from.head, from),
      ...runs.map((run) => pageStatement(run, { head: from.head, workspace })),
    ],
    'read',
  );
  const row = answer?.rows[0];
  const total = readTotal(row?.[6], row?.[7]);
  const [head, incarnation, serverTimeMs] = [row?.[0], row?.[1], row?.[2]];
  if (typeof head !== 'number' || typeof serverTimeMs !== 'number' || !isNodeId(incarnation)) throw older();
  const records = results.map((result) => {
    const page = readPage(result.rows);
    if (page === undefined) throw noPage();
    return page;
  });
  return {
    head,
    incarnation,
    serverTimeMs,
    isEmpty: row?.[3] === 1,
    horizon: Number(row?.[4] ?? 0),
    ...(total === undefined ? {} : { total }),
    ownCommits: readCommits(row?.[5]),
    records,
  };
}

function readTotal(nodes: unknown, bytes: unknown): FeedPage['total'] {
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
  return isCount(nodes) && isCount(bytes) ? { nodes, bytes } : undefined;
}

function older(): AgentFsError {
  return new AgentFsError('REMOTE_CORRUPT', 'the workspace on the remote is gone or older than what we had', {
    operation: 'pull',
    hint: 'If the remote was made anew or restored, run: agentfs sync reset <workspace>',
  });
}

interface RemoteHeadAnswer {
  readonly head: number;
  readonly incarnation: string;
  readonly serverTimeMs: number;
  readonly isEmpty: boolean;
  readonly horizon: number;
  readonly total?: FeedPage['total'];
  readonly ownCommits: readonly OwnCommit[];
  readonly records: readonly (readonly VersionRecord[])[];
}

function outOfOrder(): AgentFsError {
  return new AgentFsError('REMOTE_CORRUPT', 'the remote sent rows out of order', { operation: 'pull' });
}

function isBehind(
  record: VersionRecord,
  place: { readonly revision: number; readonly row: number },
): boolean {
  return record.revision > place.revision || (record.revision === place.revision && record.id > place.row);
}

/** The run behind this page, or nothing where the page was its last. */
function nextRun(run: Run, records: readonly VersionRecord[]): Run[] {
  const end = records.at(-1);
  if (end === undefined) return [];
  if (!isBehind(end, run)) throw outOfOrder();
  return records.length < end.found ? [{ ...run, revision: end.revision, row: end.id }] : [];
}

/** What is no commit in it is left out. */
function readCommits(cell: unknown): OwnCommit[] {
  const rows: unknown = typeof cell === 'string' ? parseJson(cell) : [];
  if (!Array.isArray(rows)) throw noPage();
  return rows.flatMap((row: unknown) => {
    const [revision, id, committedAtMs] = Array.isArray(row) ? (row as unknown[]) : [];
    const isGood = typeof revision === 'number' && typeof committedAtMs === 'number' && isNodeId(id);
    return isGood ? [{ id, revision, committedAtMs }] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noPage(): AgentFsError {
  return new AgentFsError('REMOTE_CORRUPT', 'the remote sent a page that is none', { operation: 'pull' });
}

/**
 * SQL of how many nodes are live besides the root, and of the bytes of those whose content comes with the feed: these as a
 * float, since sizes that a lying row claims may add up to an integer that nobody can hold.
 */
const TOTALS = ['count(*)', 'total(iif(n.inline IS NULL, 0, n.size))'].map(
  (sum) => `(SELECT ${sum} FROM agentfs_nodes n INDEXED BY agentfs_nodes_feed
     WHERE n.workspace = ?1 AND n.rev_to IS NULL AND n.manifest IS NULL AND n.node <> unhex('${ROOT_NODE}'))`,
);

function headStatement(
  workspace: number,
  head: number | null,
  wanted: { readonly countsAll?: boolean; readonly commitsOf?: CommitsWanted | undefined },
): Statement {
  const { countsAll, commitsOf } = wanted;
  return {
    sql: `SELECT ifnull(?2, ${HEAD_OF_WORKSPACE}), lower(hex(incarnation)), ${SERVER_NOW_MS},
            NOT EXISTS (SELECT 1 FROM agentfs_entries e INDEXED BY agentfs_entries_live
              WHERE e.workspace = ?1 AND e.rev_to IS NULL),
            ifnull((SELECT horizon FROM agentfs_upkeep WHERE workspace = ?1), 0),
            (SELECT json_group_array(json_array(c.revision, lower(hex(c.uuid)), c.committed_at_ms))
              FROM agentfs_commits c WHERE c.workspace = ?1 AND c.revision > ?3 AND c.agent = ?4)
            ${countsAll === true ? `, ${TOTALS.join(', ')}` : ''}
          FROM agentfs_workspaces WHERE id = ?1`,
    args: [workspace, head, commitsOf?.after ?? null, commitsOf?.agent ?? null],
  };
}

/**
 * One page of a run. ?1 workspace, ?2 the feed's head or null, ?3 and ?4 the position, ?5 rows, ?6 bytes.
 * The answer is one page of records; the run goes on where more were found than it has.
 */
function pageStatement(
  run: Run,
  bounds: { readonly head: number | null; readonly workspace: number },
): Statement {
  const table = `agentfs_${run.table}`;
  const head = `(SELECT ifnull(?2, ${HEAD_OF_WORKSPACE}))`;
  const column = run.stage === 'live' ? 'rev_from' : 'rev_to';
  const after = `(v.${column}, v.id) > (?3, ?4) AND v.${column} <= ${head}`;
  const order = `ORDER BY v.${column}, v.id LIMIT ?5 + 1`;
  const live = run.stage === 'live';
  const weight =
    run.table === 'entries'
      ? `${RECORD_BYTES} + 2 * length(v.name)`
      : live
        ? `${RECORD_BYTES} + ifnull(length(v.inline), 0) + ifnull(length(v.manifest), 0) + 2 * length(v.xattrs) +
           ifnull(length(v.target), 0)`
        : `${RECORD_BYTES}`;
  const columns = `v.id AS id, v.${column} AS revision, ${weight} AS weight`;
  const rows = live
    ? `SELECT * FROM (SELECT ${columns} FROM ${table} v INDEXED BY ${table}_feed
             WHERE v.workspace = ?1 AND v.rev_to IS NULL AND ${after} ${order})
         UNION ALL
         SELECT * FROM (SELECT ${columns} FROM ${table} v INDEXED BY ${table}_ended
             WHERE v.workspace = ?1 AND v.rev_to > ${head} AND ${after} ${order})`
    : `SELECT ${columns} FROM ${table} v INDEXED BY ${table}_ended
           WHERE v.workspace = ?1 AND ${after} AND NOT ${hasSuccessor(run.table, head)} ${order}`;
  const own = run.table === 'nodes' ? (live ? NODE_OWN : NODE_GONE) : live ? ENTRY_OWN : ENTRY_GONE;
  const query = {
    own,
    content: run.table === 'nodes' && live ? NODE_CONTENT : 'NULL',
    from: `FROM page p CROSS JOIN ${table} n ON n.id = p.id
           LEFT JOIN agentfs_commits c ON c.workspace = ?1 AND c.revision = p.revision`,
    where: '(p.number = 1 OR (p.number <= ?5 AND p.bytes <= ?6))',
  };
  const small = run.table === 'nodes' && live ? `${query.where} AND ${NODE_IS_SMALL}` : query.where;
  const large =
    run.table === 'nodes' && live
      ? `UNION ALL ${rowsSql({ ...query, where: `${query.where} AND NOT ${NODE_IS_SMALL}` })}`
      : '';
  return {
    sql: `WITH page AS MATERIALIZED (
            SELECT id, revision, row_number() OVER w AS number, sum(weight) OVER w AS bytes,
              count(*) OVER () AS found
            FROM (${rows}) WINDOW w AS (ORDER BY revision, id ROWS UNBOUNDED PRECEDING))
          ${pageSql({ ...query, where: small, pageBytes: BYTES_A_PAGE })} ${large}`,
    args: [
      bounds.workspace,
      bounds.head,
      run.revision,
      run.row,
      run.table === 'nodes' ? NODES_A_PAGE : ENTRIES_A_PAGE,
      BYTES_A_PAGE,
    ],
  };
}

/** Whether the node or entry of an ended row `v` is there again at the feed's head. */
function hasSuccessor(table: Run['table'], head: string): string {
  const same = table === 'nodes' ? 's.node = v.node' : 's.parent = v.parent AND s.name = v.name';
  const from = `FROM agentfs_${table} s`;
  return `(EXISTS (SELECT 1 ${from} INDEXED BY agentfs_${table}_live
             WHERE s.workspace = ?1 AND ${same} AND s.rev_to IS NULL AND s.rev_from <= ${head})
        OR EXISTS (SELECT 1 ${from} INDEXED BY agentfs_${table}_ended
             WHERE s.workspace = ?1 AND s.rev_to > ${head} AND s.rev_from <= ${head} AND ${same}))`;
}

/** What was answered to these runs, in pages that take this thread for a few milliseconds each; one at least. */
function* partsOf(
  runs: readonly Run[],
  records: readonly (readonly VersionRecord[])[],
): Generator<{ readonly page: Page; readonly isEnd: boolean }> {
  let page: Page = { nodes: [], entries: [], quarantined: [] };
  let taken = 0;
  for (const { run, of } of namesFirst(runs, records)) {
    let before: { readonly revision: number; readonly row: number } = run;
    for (let at = 0; at < of.length; at += RECORDS_A_PART) {
      if (taken > 0) {
        yield { page, isEnd: false };
        page = { nodes: [], entries: [], quarantined: [] };
      }
      const part = of.slice(at, at + RECORDS_A_PART);
      before = takeRecords({ run, before }, part, page);
      taken = part.length;
    }
  }
  yield { page, isEnd: true };
}

/** Entries weigh little, and with its name a node can be made when it comes. */
function namesFirst(
  runs: readonly Run[],
  records: readonly (readonly VersionRecord[])[],
): readonly { readonly run: Run; readonly of: readonly VersionRecord[] }[] {
  const all = runs.map((run, index) => ({ run, of: records[index] ?? [] }));
  return [...all].sort((a, b) => Number(a.run.table === 'nodes') - Number(b.run.table === 'nodes'));
}

/** Returns where the last of the records stands. */
function takeRecords(
  from: { readonly run: Run; readonly before: { readonly revision: number; readonly row: number } },
  records: readonly VersionRecord[],
  page: Page,
): { readonly revision: number; readonly row: number } {
  const { run } = from;
  let { before } = from;
  for (const record of records) {
    if (!isBehind(record, before)) throw outOfOrder();
    before = { revision: record.revision, row: record.id };
    const read = run.table === 'nodes' ? readNode(record, run.stage === 'ended') : readEntry(record);
    if (typeof read === 'string') {
      page.quarantined.push({
        what: run.table === 'nodes' ? 'node' : 'entry',
        id: recordName(record, run.table),
        ...(run.table === 'entries' ? recordSlot(record) : {}),
        revision: record.revision,
        reason: read,
      });
    } else if ('id' in read) {
      page.nodes.push(read);
    } else {
      page.entries.push(read);
    }
  }
  return before;
}

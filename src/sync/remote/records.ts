/**
 * Version rows of the remote on their way down: a whole page as one text and one blob, and back into checked nodes and
 * entries. Pure.
 *
 * The client library makes a property with two names of every cell and a BigInt of every integer, so rows with a value
 * a cell cost more to read than their content (11 to 15 k against 25 to 45 k files/s). In the text a row is a line
 * of values with a space between; whatever anyone may have written (names, attributes, agents) is hex in it, since it
 * could hold a newline, a NUL, or no UTF-8 at all. The blob is the rows' contents end to end; a line tells its length.
 */
import { entryNameProblem } from '../../base/index.js';
import { checkNode, entryProblem, isNodeId } from './checks.js';
import type { ResultRow } from './statement.js';
import type { FeedEntry, FeedNode } from './types.js';
import { bytesOfCell, textOfBytes } from './wire.js';

/** What every record begins with: `id revision found time agent`; then the node's or the entry's own. */
export interface VersionRecord {
  /** The row's number in its table, ascending within a revision. */
  readonly id: number;
  readonly revision: number;
  /** How many rows the page's query found, with those beyond the page. */
  readonly found: number;
  readonly committedAtMs: number;
  readonly agent: string;
  /** All values; the node's or the entry's own begin at OWN. */
  readonly fields: readonly string[];
  /** Of a live node; a view of the page. */
  readonly content: Uint8Array | undefined;
}

/** Where the own values of a record begin. */
const OWN = 5;
const NODE_FIELDS = 14;

/** Some servers keep every value under 4 MiB; a packed row stays under this, and twice as large as hex on its way. */
const PACKED_BYTES = 1024 * 1024;

export interface PageQuery {
  /** SQL of the version's own values, from its row `n`. */
  readonly own: string;
  /** SQL of its blob. */
  readonly content: string;
  /**
   * The tables: `p` with id, revision, found and bytes (a running sum of about what a row weighs), `c` the commit, `n`
   * the version; in the page's order.
   */
  readonly from: string;
  /** Further conditions. */
  readonly where: string;
  /** At most so many bytes in all. */
  readonly pageBytes: number;
}

function record(own: string): string {
  return `p.id || ' ' || p.revision || ' ' || p.found || ' ' || ifnull(c.committed_at_ms, 0) || ' ' || ifnull(hex(c.agent), '') || ' ' || ${own}`;
}

/** SQL of a page: a row for each MiB. */
export function pageSql({ own, content, from, where, pageBytes }: PageQuery): string {
  const slices: string[] = [];
  for (let start = 0; start < pageBytes; start += PACKED_BYTES) {
    const last = start + PACKED_BYTES >= pageBytes;
    slices.push(`SELECT group_concat(r, char(10)), unhex(group_concat(hex(b), '')) FROM (
      SELECT ${record(own)} AS r, ${content} AS b ${from} WHERE ${where} AND ${start === 0 ? 'true' : `p.bytes > ${start}`}
        AND ${last ? 'true' : `p.bytes <= ${start + PACKED_BYTES}`} ORDER BY p.revision, p.id)`);
  }
  return slices.join('\nUNION ALL ');
}

/** SQL of records with a row for each, for content that is itself large. */
export function rowsSql({ own, content, from, where }: Omit<PageQuery, 'pageBytes'>): string {
  return `SELECT ${record(own)}, ${content} ${from} WHERE ${where}`;
}

/** SQL of a node's own values, 14 fields, and of its content: which of the three it is, kind and size tell. */
export const NODE_OWN = `lower(hex(n.node)) || ' ' || n.kind || ' ' || n.mode || ' ' || n.uid || ' ' || n.gid || ' ' ||
  n.rdev || ' ' || n.size || ' ' || n.mtime_sec || ' ' || n.mtime_nsec || ' ' || n.encoding || ' ' || n.edited_at_ms ||
  ' ' || lower(hex(n.hash)) || ' ' || hex(n.xattrs) || ' ' ||
  ifnull(length(coalesce(n.inline, n.manifest, CAST(n.target AS BLOB))), 0)`;
export const NODE_CONTENT = `coalesce(n.inline, n.manifest, CAST(n.target AS BLOB))`;
/** Large files come in rows of their own. */
export const NODE_IS_SMALL = 'n.manifest IS NULL';
/** Of a node that is gone. */
export const NODE_GONE = `lower(hex(n.node))`;
/** Of an entry, 3 fields; of one that is gone without its node. */
export const ENTRY_OWN = `lower(hex(n.parent)) || ' ' || lower(hex(n.node)) || ' ' || hex(n.name)`;
export const ENTRY_GONE = `lower(hex(n.parent)) || '  ' || hex(n.name)`;

/** The records of a page in order; undefined where it is no page at all. */
export function readPage(rows: readonly ResultRow[]): VersionRecord[] | undefined {
  const records: VersionRecord[] = [];
  let sorted = true;
  for (const row of rows) {
    const part = readRow(row);
    if (part === undefined) return undefined;
    for (const one of part) {
      const before = records.at(-1);
      if (before !== undefined && compareRecords(before, one) > 0) sorted = false;
      records.push(one);
    }
  }
  return sorted ? records : records.sort(compareRecords);
}

function compareRecords(a: VersionRecord, b: VersionRecord): number {
  return a.revision - b.revision || a.id - b.id;
}

function readRow(row: ResultRow): VersionRecord[] | undefined {
  const text = row[0];
  if (text === null) return [];
  const contents = row[1] === null ? new Uint8Array(0) : bytesOfCell(row[1]);
  if (typeof text !== 'string' || contents === undefined) return undefined;
  const records: VersionRecord[] = [];
  let offset = 0;
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const id = Number(fields[0]);
    const revision = Number(fields[1]);
    const found = Number(fields[2]);
    const committedAtMs = Number(fields[3]);
    const length = fields.length === OWN + NODE_FIELDS ? Number(fields[OWN + NODE_FIELDS - 1]) : 0;
    if (!isCount(id) || !isCount(revision) || !isCount(found)) return undefined;
    if (!isCount(committedAtMs) || !isCount(length)) return undefined;
    const content = length === 0 ? undefined : contents.subarray(offset, offset + length);
    offset += length;
    records.push({ id, revision, found, committedAtMs, agent: agentOfHex(fields[4] ?? ''), fields, content });
  }
  return offset === contents.length ? records : undefined;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

let lastAgentHex = '';
let lastAgent = '';

/** Rows by one agent come together. */
function agentOfHex(hex: string): string {
  if (hex !== lastAgentHex) {
    lastAgent = Buffer.from(hex, 'hex').toString();
    lastAgentHex = hex;
  }
  return lastAgent;
}

/** The node of a record, or the reason why not. */
export function readNode(record: VersionRecord, gone: boolean): FeedNode | string {
  const { fields, revision, agent, committedAtMs } = record;
  const id = fields[OWN];
  if (!isNodeId(id)) return 'it has no node id';
  if (agent === '') return 'no commit made it';
  if (gone) return { id, state: null, content: { kind: 'none' }, revision, agent, committedAtMs };
  if (fields.length !== OWN + NODE_FIELDS) return 'its row is malformed';
  const checked = checkNode({ fields, from: OWN, revision, agent }, record.content);
  if (typeof checked === 'string') return checked;
  const { state, content } = checked;
  // Nothing was edited after it was committed, and what says so would win every conflict.
  const isLate = state.editedAtMs > committedAtMs;
  return {
    id,
    state: isLate ? { ...state, editedAtMs: committedAtMs } : state,
    content,
    revision,
    agent,
    committedAtMs,
  };
}

/** The entry of a record, or the reason why not. */
export function readEntry(record: VersionRecord): FeedEntry | string {
  const { fields, revision, agent, committedAtMs } = record;
  const parent = fields[OWN];
  const node = fields[OWN + 1] || null;
  const name = textOfBytes(Buffer.from(fields[OWN + 2] ?? '', 'hex'));
  const problem = agent === '' ? 'no commit made it' : entryProblem(parent, name, node);
  if (problem !== undefined) return problem;
  return { parent: parent as string, name: name as string, node, revision, agent, committedAtMs };
}

/** Which entry a record that must not be believed would be, as far as that can be told. */
export function recordSlot({ fields }: VersionRecord): { parent?: string; node?: string; name?: string } {
  const parent = fields[OWN];
  const node = fields[OWN + 1];
  const name = textOfBytes(Buffer.from(fields[OWN + 2] ?? '', 'hex'));
  return {
    ...(isNodeId(parent) ? { parent } : {}),
    ...(isNodeId(node) ? { node } : {}),
    ...(name === undefined || entryNameProblem(name) !== undefined ? {} : { name }),
  };
}

/** What to call a record that must not be believed. */
export function recordName({ fields }: VersionRecord, table: 'nodes' | 'entries'): string {
  const first = fields[OWN] ?? '';
  const name = table === 'nodes' ? first : `${first}/${Buffer.from(fields[OWN + 2] ?? '', 'hex')}`;
  return JSON.stringify(name.slice(0, 300)).slice(1, -1);
}

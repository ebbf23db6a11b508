/**
 * A version row of the remote as one text and one blob, and back into a checked node or entry. Pure.
 *
 * @libsql/client makes a property with two names of every cell and a BigInt of every integer, so a row with a value a
 * cell costs more to read than its content. The text is the row's values with a space between; names and extended
 * attributes are hex in it, since what anyone may have written could hold a space, a NUL, or no UTF-8 at all. The
 * agent's id comes last and takes the rest.
 */
import type { Row } from '@libsql/client';
import { checkNode, entryProblem, isNodeId } from './checks.js';
import type { FeedEntry, FeedNode } from './types.js';
import { textOfBytes } from './wire.js';

/** What every record begins with: `id revision found time`; then the node's or entry's own, then the agent. */
export interface RecordHead {
  /** The row's number in its table, ascending within a revision. */
  readonly id: number;
  readonly revision: number;
  /** How many rows the page's query found, with those beyond the page. */
  readonly found: number;
  readonly committedAtMs: number;
  readonly fields: readonly string[];
}

const HEAD_FIELDS = 4;
const NODE_FIELDS = 13;
const ENTRY_FIELDS = 3;

/** SQL of a record; `p` has id, revision and found, `c` is the commit, `own` the SQL of the row's own text. */
export function recordSql(own: string): string {
  return `p.id || ' ' || p.revision || ' ' || p.found || ' ' || c.committed_at_ms || ' ' || ${own} || ' ' || c.agent AS r`;
}

/** SQL of a node's own text, 13 fields, from its row `n`. */
export const NODE_OWN = `lower(hex(n.node)) || ' ' || n.kind || ' ' || n.mode || ' ' || n.uid || ' ' || n.gid || ' ' ||
  n.rdev || ' ' || n.size || ' ' || n.mtime_sec || ' ' || n.mtime_nsec || ' ' || n.encoding || ' ' || n.edited_at_ms ||
  ' ' || lower(hex(n.hash)) || ' ' || hex(n.xattrs)`;
/** SQL of the blob beside it: which of the three it is, the node's kind and size tell. */
export const NODE_CONTENT = `coalesce(n.inline, n.manifest, CAST(n.target AS BLOB)) AS c`;
/** Of a node that is gone. */
export const NODE_GONE = `lower(hex(n.node))`;
/** Of an entry, 3 fields; of one that is gone without its node. */
export const ENTRY_OWN = `lower(hex(n.parent)) || ' ' || lower(hex(n.node)) || ' ' || hex(n.name)`;
export const ENTRY_GONE = `lower(hex(n.parent)) || '  ' || hex(n.name)`;

/** Undefined where the row is no record at all. */
export function readHead(row: Row): RecordHead | undefined {
  const text = row[0];
  if (typeof text !== 'string') return undefined;
  const fields = text.split(' ');
  const [id, revision, found, committedAtMs] = [fields[0], fields[1], fields[2], fields[3]].map(Number);
  for (const value of [id, revision, found, committedAtMs]) {
    if (!Number.isSafeInteger(value) || (value as number) < 0) return undefined;
  }
  return {
    id: id as number,
    revision: revision as number,
    found: found as number,
    committedAtMs: committedAtMs as number,
    fields,
  };
}

function agentOf(fields: readonly string[], from: number): string {
  return fields.length === from + 1 ? (fields[from] as string) : fields.slice(from).join(' ');
}

/** The node of a record, or the reason why not. `id` for the report of a bad one is in field 4. */
export function readNode(head: RecordHead, content: unknown, gone: boolean): FeedNode | string {
  const { fields, revision, committedAtMs } = head;
  const id = fields[HEAD_FIELDS];
  if (!isNodeId(id)) return 'it has no node id';
  if (gone) {
    const agent = agentOf(fields, HEAD_FIELDS + 1);
    return { id, state: null, content: { kind: 'none' }, revision, agent, committedAtMs };
  }
  const checked = checkNode(fields.slice(HEAD_FIELDS + 1, HEAD_FIELDS + NODE_FIELDS), content);
  if (typeof checked === 'string') return checked;
  const agent = agentOf(fields, HEAD_FIELDS + NODE_FIELDS);
  const state = { ...checked.state, revision, agent, editedAtMs: checked.editedAtMs };
  return { id, state, content: checked.content, revision, agent, committedAtMs };
}

/** The entry of a record, or the reason why not. */
export function readEntry(head: RecordHead): FeedEntry | string {
  const { fields, revision, committedAtMs } = head;
  const parent = fields[HEAD_FIELDS];
  const node = fields[HEAD_FIELDS + 1] || null;
  const name = textOfBytes(Buffer.from(fields[HEAD_FIELDS + 2] ?? '', 'hex'));
  const problem = entryProblem(parent, name, node);
  if (problem !== undefined) return problem;
  const agent = agentOf(fields, HEAD_FIELDS + ENTRY_FIELDS);
  return { parent: parent as string, name: name as string, node, revision, agent, committedAtMs };
}

/** What to call a record that must not be believed. */
export function recordName(head: RecordHead, table: 'nodes' | 'entries'): string {
  const { fields } = head;
  const first = fields[HEAD_FIELDS] ?? '';
  if (table === 'nodes') return printable(first);
  return printable(`${first}/${Buffer.from(fields[HEAD_FIELDS + 2] ?? '', 'hex')}`);
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 300)).slice(1, -1);
}

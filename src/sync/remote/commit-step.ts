/**
 * The parts that a commit's batch is made of: a statement with the reason that its failure stands for. Pure.
 *
 * A guard inserts into a table that takes no row, and so fails the batch where its query finds one. Lists go up as
 * JSON in parts, since servers bound every bound value (sqld at 4 MiB); ?1 is the workspace and ?2 the part.
 */
import type { Statement } from './statement.js';
import type { PushChange, StaleReason } from './types.js';

export type NodeChange = Extract<PushChange, { type: 'node' }>;
export type EntryChange = Extract<PushChange, { type: 'entry' }>;

export interface CommitStep extends Statement {
  /** `commit`: the UUID is there already. `answer`: the row that tells the revision; cannot fail. */
  readonly reason: StaleReason | 'commit' | 'answer';
}

export interface CommitContext {
  readonly workspace: number;
  readonly incarnation: string;
  readonly agent: string;
  readonly uuidHex: string;
  readonly compression: boolean;
  /** The revision that the commit was planned on. */
  readonly baseRevision: number;
}

/** The revision of the commit that this batch inserts. */
export const NEW_REVISION = `(SELECT max(revision) FROM agentfs_commits WHERE workspace = ?1)`;

const JSON_BYTES = 1024 * 1024;

/** Fails the batch where `query` has a row. */
export function guardSql(query: string): string {
  return `INSERT INTO agentfs_guards (broken) SELECT 1 ${query} LIMIT 1`;
}

/** The step once for each part of the list; none where the list is empty. */
export function forEachPart(
  list: readonly unknown[],
  step: Pick<CommitStep, 'reason' | 'sql'>,
  args: { readonly workspace: number; readonly rest?: Statement['args'] },
): CommitStep[] {
  return jsonParts(list).map((part) => ({ ...step, args: [args.workspace, part, ...(args.rest ?? [])] }));
}

/** JSON arrays that hold the list's items in order, none much above JSON_BYTES. */
function jsonParts(list: readonly unknown[]): string[] {
  const parts: string[] = [];
  let items: string[] = [];
  let length = 0;
  for (const item of list) {
    const json = JSON.stringify(item);
    items.push(json);
    length += json.length + 1;
    if (length > JSON_BYTES) {
      parts.push(`[${items.join(',')}]`);
      items = [];
      length = 0;
    }
  }
  if (items.length > 0) parts.push(`[${items.join(',')}]`);
  return parts;
}

/**
 * What goes to a database and comes from it: a statement, its result, and what a file's client and a server's have in common.
 */
import type { InValue } from '@libsql/client';

export interface Statement {
  readonly sql: string;
  readonly args: InValue[];
}

/** A cell is by its column's index: number, string, ArrayBuffer or null. */
export interface ResultRow {
  readonly [index: number]: unknown;
}

export interface Result {
  readonly rows: readonly ResultRow[];
  readonly rowsAffected: number;
}

/** What a file's client and a server's have in common. */
export interface Database {
  execute(statement: Statement): Promise<Result>;
  batch(statements: Statement[], mode: 'read' | 'write'): Promise<Result[]>;
  close(): void;
}

/**
 * Garbage collection of chunks that no version needs any more, in two phases. It never takes a chunk that a push relies on.
 *
 * A run reads the chunk lists of all versions of all workspaces, and notes the chunks that are in none (agentfs_garbage)
 * with the time. A later run deletes those that were noted longer than the grace ago and are still in none. A push that
 * found such a chunk there has the grace to commit; its commit fails if the chunk is gone all the same, and it uploads it
 * again. A deletion fails if anything was committed since its run looked, so a commit and a deletion can never pass each
 * other: then the new versions are looked at, and it is tried again.
 */
import { encodeManifest } from '../transfer/index.js';
import { guardSql } from './commit-step.js';
import { type Connection, ConstraintFailure } from './connection.js';
import { SERVER_NOW_MS } from './schema.js';
import type { Statement } from './statement.js';
import { bytesOfCell } from './wire.js';

/** How long a chunk must have been found in no version before it goes. */
export const GARBAGE_GRACE_MS = 24 * 3_600_000;

const MANIFEST_RECORD_BYTES = encodeManifest([{ hash: '0'.repeat(64), size: 1 }]).length;
const HASH_BYTES = 32;
const LISTED_ROWS = 2000;
const FETCHED_BYTES = 4 * 1024 * 1024;
const CHUNKS_A_PAGE = 20_000;
const CHUNKS_A_DELETION = 500;
const TRIES = 10;

export interface Collection {
  /** Noted for the first time. */
  readonly noted: number;
  readonly deleted: number;
}

export async function collectGarbage(connection: Connection, graceMs: number): Promise<Collection> {
  return await new Collector(connection, graceMs).run();
}

class Collector {
  readonly #connection: Connection;
  readonly #graceMs: number;
  /** Hashes of chunks that versions need, as latin1: half the memory of hex. */
  readonly #needed = new Set<string>();
  /** The last commit, and the last kept version, that are in `#needed`. */
  #seen = { commit: 0, kept: 0 };

  constructor(connection: Connection, graceMs: number) {
    this.#connection = connection;
    this.#graceMs = graceMs;
  }

  async run(): Promise<Collection> {
    // Read first: what is committed from here on is new.
    this.#seen = await this.#newest();
    await this.#readAll('agentfs_nodes');
    await this.#readAll('agentfs_kept');
    let [noted, deleted] = [0, 0];
    for (let after = 0; ; ) {
      const page = await this.#rows(
        `SELECT c.id, c.hash, g.found_at_ms IS NOT NULL, ifnull(g.found_at_ms <= ${SERVER_NOW_MS} - ?2, 0)
         FROM agentfs_chunks c LEFT JOIN agentfs_garbage g ON g.chunk = c.id WHERE c.id > ?1 ORDER BY c.id
         LIMIT ${CHUNKS_A_PAGE}`,
        [after, this.#graceMs],
      );
      const chunks = page.map((row) => ({
        id: Number(row[0]),
        hash: latin1(bytesOfCell(row[1])),
        isNoted: row[2] === 1,
        isDue: row[3] === 1,
      }));
      const idle = chunks.filter((chunk) => !this.#needed.has(chunk.hash));
      const fresh = idle.filter((chunk) => !chunk.isNoted);
      const back = chunks.filter((chunk) => chunk.isNoted && this.#needed.has(chunk.hash));
      await this.#note(fresh, back);
      noted += fresh.length;
      deleted += await this.#delete(idle.filter((chunk) => chunk.isDue));
      const last = chunks.at(-1);
      if (last === undefined) return { noted, deleted };
      after = last.id;
    }
  }

  async #rows(sql: string, args: Statement['args']) {
    return (await this.#connection.execute({ sql, args })).rows;
  }

  async #newest(): Promise<{ commit: number; kept: number }> {
    const [row] = await this.#rows(
      `SELECT ifnull((SELECT max(id) FROM agentfs_commits), 0), ifnull((SELECT max(id) FROM agentfs_kept), 0)`,
      [],
    );
    return { commit: Number(row?.[0]), kept: Number(row?.[1]) };
  }

  /** Lengths first: lists of large files are large. */
  async #readAll(table: 'agentfs_nodes' | 'agentfs_kept'): Promise<void> {
    for (let after = 0; ; ) {
      const page = await this.#rows(
        `SELECT id, length(manifest) FROM ${table} WHERE manifest IS NOT NULL AND id > ?1 ORDER BY id LIMIT ${LISTED_ROWS}`,
        [after],
      );
      await this.#readLists(
        table,
        page.map((row) => ({ id: Number(row[0]), bytes: Number(row[1]) })),
      );
      const last = page.at(-1);
      if (last === undefined) return;
      after = Number(last[0]);
    }
  }

  async #readLists(
    table: 'agentfs_nodes' | 'agentfs_kept',
    lists: readonly { readonly id: number; readonly bytes: number }[],
  ): Promise<void> {
    for (let at = 0; at < lists.length; ) {
      const ids: number[] = [];
      for (let bytes = 0; at < lists.length && (ids.length === 0 || bytes < FETCHED_BYTES); at += 1) {
        bytes += lists[at]!.bytes;
        ids.push(lists[at]!.id);
      }
      const rows = await this.#rows(
        `SELECT manifest FROM ${table} WHERE id IN (SELECT value FROM json_each(?1))`,
        [JSON.stringify(ids)],
      );
      for (const row of rows) this.#need(bytesOfCell(row[0]));
    }
  }

  #need(manifest: Uint8Array | undefined): void {
    if (manifest === undefined) return;
    for (let at = 0; at + MANIFEST_RECORD_BYTES <= manifest.length; at += MANIFEST_RECORD_BYTES)
      this.#needed.add(latin1(manifest.subarray(at, at + HASH_BYTES)));
  }

  async #note(
    fresh: readonly { readonly id: number }[],
    back: readonly { readonly id: number }[],
  ): Promise<void> {
    const ids = (chunks: readonly { readonly id: number }[]) => JSON.stringify(chunks.map(({ id }) => id));
    const steps: Statement[] = [];
    if (fresh.length > 0) {
      steps.push({
        sql: `INSERT INTO agentfs_garbage (chunk, found_at_ms) SELECT value, ${SERVER_NOW_MS} FROM json_each(?1)
              WHERE true ON CONFLICT DO NOTHING`,
        args: [ids(fresh)],
      });
    }
    if (back.length > 0) {
      steps.push({
        sql: 'DELETE FROM agentfs_garbage WHERE chunk IN (SELECT value FROM json_each(?1))',
        args: [ids(back)],
      });
    }
    if (steps.length > 0) await this.#connection.batch(steps, 'write');
  }

  async #delete(due: readonly { readonly id: number; readonly hash: string }[]): Promise<number> {
    let deleted = 0;
    for (let at = 0; at < due.length; at += CHUNKS_A_DELETION) {
      const part = due.slice(at, at + CHUNKS_A_DELETION);
      for (let attempt = 1; ; attempt += 1) {
        const idle = part.filter(({ hash }) => !this.#needed.has(hash));
        if (await this.#tryDelete(idle.map(({ id }) => id))) {
          deleted += idle.length;
          break;
        }
        // Somebody commits all the time: another run will find them again.
        if (attempt === TRIES) return deleted;
        await this.#readNew();
      }
    }
    return deleted;
  }

  /** False where something was committed since this run looked. */
  async #tryDelete(ids: readonly number[]): Promise<boolean> {
    if (ids.length === 0) return true;
    const list = JSON.stringify(ids);
    try {
      await this.#connection.batch(
        [
          {
            sql: guardSql(
              `WHERE ifnull((SELECT max(id) FROM agentfs_commits), 0) <> ?1
                 OR ifnull((SELECT max(id) FROM agentfs_kept), 0) > ?2`,
            ),
            args: [this.#seen.commit, this.#seen.kept],
          },
          { sql: 'DELETE FROM agentfs_chunks WHERE id IN (SELECT value FROM json_each(?1))', args: [list] },
          {
            sql: 'DELETE FROM agentfs_garbage WHERE chunk IN (SELECT value FROM json_each(?1))',
            args: [list],
          },
        ],
        'write',
      );
      return true;
    } catch (error) {
      if (error instanceof ConstraintFailure) return false;
      throw error;
    }
  }

  async #readNew(): Promise<void> {
    const newest = await this.#newest();
    const rows = await this.#rows(
      `SELECT n.manifest FROM agentfs_commits c CROSS JOIN agentfs_nodes n
         ON n.workspace = c.workspace AND n.rev_from = c.revision WHERE c.id > ?1 AND n.manifest IS NOT NULL
       UNION ALL SELECT manifest FROM agentfs_kept WHERE id > ?2 AND manifest IS NOT NULL`,
      [this.#seen.commit, this.#seen.kept],
    );
    for (const row of rows) this.#need(bytesOfCell(row[0]));
    this.#seen = newest;
  }
}

function latin1(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('latin1');
}

/**
 * SQLite on the mount, in each of its journal modes: every committed transaction is there, whole, and integrity_check passes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DEADLINE_MS, run, start } from '../children.mjs';
import { expect } from '../problem.mjs';

const CHILD = join(import.meta.dirname, '..', 'sqlite-child.mjs');
const MODES = ['WAL', 'DELETE', 'TRUNCATE', 'PERSIST', 'WAL'];

export class SqliteWork {
  name = 'sqlite';
  transactions = 0;
  #agent;
  #file;
  #log;
  #seen = 0;

  constructor(agent) {
    this.#agent = agent;
    this.#file = join(agent.mountpoint, 'sqlite', 'data.db');
    this.#log = join(agent.folder, 'sqlite.log');
  }

  async prepare() {
    await run('mkdir', ['-p', join(this.#agent.mountpoint, 'sqlite')], {
      mountpoint: this.#agent.mountpoint,
    });
  }

  start(random, { timeoutMs = DEADLINE_MS } = {}) {
    const args = [CHILD, 'write', this.#file, this.#log, random.pick(MODES), String(random.next())];
    return start(process.execPath, args, {
      mountpoint: this.#agent.mountpoint,
      env: { NODE_OPTIONS: '' },
      timeoutMs,
    });
  }

  async verify() {
    const committed = existsSync(this.#log)
      ? Number(readFileSync(this.#log, 'utf8').trimEnd().split('\n').at(-1))
      : 0;
    if (committed === 0) return;
    const { stdout } = await run(process.execPath, [CHILD, 'check', this.#file], {
      mountpoint: this.#agent.mountpoint,
      env: { NODE_OPTIONS: '' },
    });
    const { integrity, last, rows, newest } = JSON.parse(stdout);
    expect(integrity.join() === 'ok', () => `sqlite: integrity_check: ${integrity.slice(0, 5).join('; ')}`);
    expect(
      last !== undefined && last.n >= committed && last.n <= committed + 1,
      () => `sqlite: transaction ${committed} was committed, and the last one there is ${last?.n}`,
    );
    expect(
      last.rows === rows.rows && last.bytes === rows.bytes && newest.rows === (newest.total ?? 0),
      () => `sqlite: transaction ${last.n} is not whole: ${stdout}`,
    );
    this.transactions += committed - this.#seen;
    this.#seen = committed;
  }
}

/**
 * A writer that records what it does (`recorder.mjs`). After a crash the tree must be what it was after some operation of the
 * record: never earlier than the last one that an fsync covered, in one piece, in order. After an orderly end: the last.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DEADLINE_MS, run, start } from '../children.mjs';
import { differenceOf, Model } from '../model.mjs';
import { Problem } from '../problem.mjs';

const RECORDER = join(import.meta.dirname, '..', 'recorder.mjs');
const SCAN = join(import.meta.dirname, '..', 'scan.mjs');
const DURABLE = ['fsync', 'fsyncdir', 'syncwrite'];

export class Writer {
  name = 'writer';
  /** Operations recorded so far, and of those acknowledged and lost by a crash (which is allowed up to the last fsync). */
  operations = 0;
  durable = 0;
  lost = 0;
  #agent;
  #folder;
  #log;
  #model = new Model();
  #runs = 0;

  constructor(agent, name = 'writer') {
    this.#agent = agent;
    this.#folder = join(agent.mountpoint, name);
    this.#log = join(agent.folder, `${name}.log`);
  }

  async prepare() {
    await run('mkdir', ['-p', this.#folder], { mountpoint: this.#agent.mountpoint });
  }

  /** Starts it; it goes on until the mount goes. */
  start(random, { patient = false, operations, timeoutMs = DEADLINE_MS } = {}) {
    this.#runs += 1;
    rmSync(this.#log, { force: true });
    const args = [RECORDER, this.#folder, this.#log, `${random.between(0, 1e9)}-${this.#runs}`];
    if (patient) args.push('--patient');
    if (operations !== undefined) args.push('--operations', String(operations));
    return start(process.execPath, args, {
      mountpoint: this.#agent.mountpoint,
      env: { NODE_OPTIONS: '' },
      timeoutMs,
    });
  }

  /** Codes of the operations that failed, each with its count. */
  failures() {
    const counts = {};
    for (const { failed } of this.#records()) {
      if (failed !== undefined) counts[failed] = (counts[failed] ?? 0) + 1;
    }
    return counts;
  }

  /** Throws a Problem where the tree is none that may be there. `orderly`: everything acknowledged was to be kept. */
  async verify({ orderly = false } = {}) {
    const records = this.#records();
    let atLeast = 0;
    records.forEach(({ op, failed }, i) => {
      const covers = failed === undefined && (orderly || DURABLE.includes(op.op));
      if (covers) atLeast = i + 1;
    });
    this.operations += records.length;
    this.durable += records.filter(
      ({ op, failed }) => failed === undefined && DURABLE.includes(op.op),
    ).length;
    const found = await this.scan();
    for (const { op, failed } of records.slice(0, atLeast)) if (failed === undefined) this.#model.apply(op);
    const first = this.#model.listing();
    let wanted = first;
    let reached = atLeast;
    for (const { op, failed, unknown } of records.slice(atLeast)) {
      if (wanted === found) break;
      reached += 1;
      if (failed !== undefined && !unknown) continue;
      for (const part of this.#model.partsOf(op)) {
        this.#model.apply(part);
        wanted = this.#model.listing();
        if (wanted === found) break;
      }
    }
    if (wanted !== found) {
      throw new Problem(
        `${this.name}: after ${records.length} operations the tree is none of those since operation ${atLeast}, the last ` +
          `that was made durable (last: ${JSON.stringify(records.at(-1))}). Against that one:\n${differenceOf(found, first)}`,
      );
    }
    this.lost += records.slice(reached).filter(({ failed }) => failed === undefined).length;
    rmSync(this.#log, { force: true });
  }

  async scan() {
    const { stdout } = await run(process.execPath, [SCAN, this.#folder], {
      mountpoint: this.#agent.mountpoint,
      env: { NODE_OPTIONS: '' },
    });
    return stdout.trimEnd();
  }

  /** `{ op, failed, unknown }` each; unknown: nobody heard what became of it. */
  #records() {
    if (!existsSync(this.#log)) return [];
    const records = [];
    for (const line of readFileSync(this.#log, 'utf8').split('\n')) {
      if (line.startsWith('{')) {
        records.push({ op: JSON.parse(line), failed: 'nothing', unknown: true });
        continue;
      }
      const record = records.at(-1);
      if (line.startsWith('ok')) {
        record.failed = undefined;
        record.unknown = false;
        if (line.length > 3) record.op.written = Number(line.slice(3));
      } else if (line.startsWith('no')) {
        record.failed = line.slice(3);
        record.unknown = ['ENOTCONN', 'ECONNABORTED', 'ENOENT'].includes(record.failed);
      }
    }
    return records;
  }
}

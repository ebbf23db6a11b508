/**
 * One run of torture: the rounds, then the parts, a line for each as it ends, and a summary. Leaves nothing running or mounted.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Killing } from './kill.mjs';
import { Random } from './random.mjs';

/** Rounds that one workspace suffers before another agent pulls it and a fresh one takes its place. */
const ROUNDS_OF_A_WORKSPACE = 25;
/** After so many failures there is nothing new to learn. */
const FAILURES_MAX = 10;

/** Resolves with the exit code. */
export async function runTorture(options) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-torture-')));
  const report = new Report(options);
  const undo = new Set();
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ]) {
    process.once(signal, () => {
      report.end();
      const all = [...undo].map((remove) => remove().catch(() => {}));
      void Promise.all(all).finally(() => process.exit(128 + number));
    });
  }
  try {
    if (options.workloads.length > 0) await killRounds({ options, folder, report, undo });
    for (const name of options.parts) await runPart(name, { options, folder, report, undo });
  } finally {
    for (const remove of undo) await remove().catch(() => {});
    if (report.failures.length === 0) rmSync(folder, { recursive: true, force: true });
    else report.say(`what the failures left is in ${folder}`);
  }
  return report.end();
}

async function killRounds({ options, folder, report, undo }) {
  const { rounds, workloads, seed } = options;
  const totals = {};
  let done = 0;
  for (let place = 0; done < rounds && report.failures.length < FAILURES_MAX; place += 1) {
    const here = join(folder, `kill-${place}`);
    mkdirSync(here);
    const killing = new Killing(here, { names: workloads, seed: `${seed} ${place}` });
    const remove = () => killing.remove();
    undo.add(remove);
    const prepared = await report.case(`kill: workspace ${place + 1}`, () => killing.prepare(), {
      quiet: true,
    });
    let sound = prepared;
    for (let i = 0; sound && i < ROUNDS_OF_A_WORKSPACE && done < rounds; i += 1) {
      done += 1;
      sound = await report.case(`kill ${done}/${rounds}`, () => killing.round());
    }
    if (sound) {
      await report.case(`kill: another agent pulls workspace ${place + 1}`, () => killing.compare());
    }
    for (const [name, count] of Object.entries(killing.figures())) totals[name] = (totals[name] ?? 0) + count;
    await killing.remove({ keep: !sound });
    undo.delete(remove);
    if (!prepared) break;
  }
  report.figure('rounds of kill', totals);
}

async function runPart(name, { options, folder, report, undo }) {
  if (report.failures.length >= FAILURES_MAX) return;
  const { cases } = await import(`./${name}.mjs`);
  const random = new Random(`${name} ${options.seed}`);
  for (const { title, run } of cases({ long: true, seconds: options.seconds })) {
    const here = join(folder, `${name}-${title.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 40)}`);
    mkdirSync(here, { recursive: true });
    await report.case(`${name}: ${title}`, (progress) =>
      run({ folder: here, random, progress, cleanup: (remove) => undo.add(remove) }),
    );
    for (const remove of [...undo].reverse()) {
      await remove().catch((error) => report.say(`could not clean up: ${error.message}`));
      undo.delete(remove);
    }
  }
}

/** What is printed, and what is counted. */
class Report {
  failures = [];
  passed = 0;
  #options;
  #cases = [];
  #figures = {};
  #started = performance.now();

  constructor(options) {
    this.#options = options;
    this.say(`seed ${options.seed}`);
  }

  /** To stderr where stdout is the document's. */
  say(line) {
    (this.#options.json ? process.stderr : process.stdout).write(`${line}\n`);
  }

  /** Runs one case; says how it ended. Returns whether it passed. */
  async case(title, work, { quiet = false } = {}) {
    const started = performance.now();
    const progress = (line) => process.stderr.isTTY && process.stderr.write(`\r\u001b[K${title}: ${line}`);
    let ok = true;
    let text = '';
    try {
      text = (await work(progress)) ?? '';
    } catch (error) {
      ok = false;
      text = error.name === 'Error' || error.name === 'Problem' ? error.message : error.stack;
      this.failures.push({ title, text });
    }
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    const seconds = (performance.now() - started) / 1000;
    if (ok && quiet) return ok;
    if (ok) this.passed += 1;
    this.#cases.push({ title, ok, seconds, text });
    this.say(`${ok ? 'ok  ' : 'FAIL'} ${title}${text === '' ? '' : `: ${text}`} (${seconds.toFixed(1)} s)`);
    return ok;
  }

  figure(name, counts) {
    this.#figures[name] = counts;
  }

  /** The summary; returns the exit code. */
  end() {
    const seconds = (performance.now() - this.#started) / 1000;
    const { seed } = this.#options;
    const failed = this.failures.length;
    if (this.#options.json) {
      const document = {
        seed,
        seconds,
        passed: this.passed,
        failed,
        figures: this.#figures,
        cases: this.#cases,
      };
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    } else {
      for (const [name, counts] of Object.entries(this.#figures)) {
        const list = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
        this.say(`\n${name}: ${list.join(', ')}`);
      }
      for (const { title } of this.failures) this.say(`failed: ${title}`);
      this.say(`seed ${seed}, ${(seconds / 60).toFixed(1)} minutes\n${this.passed} passed, ${failed} failed`);
    }
    return failed > 0 || this.passed === 0 ? 1 : 0;
  }
}

/**
 * Agents in three languages share one workspace on a real server: a master in Python makes tasks, and a worker in Rust and
 * one in TypeScript, processes with homes of their own, claim them by pushing. Both have claimed a task before either pushes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { startSqld } from '../support/sqld.js';
import { temporaryDirectory } from '../workspace/temporary-home.js';
import { buildExamples, CARGO_TIMEOUT_MS, exampleProgram, missingCargo, RUST_ENVIRONMENT } from './cargo.js';
import { missingPython } from './python-suite.js';

const TASKS = Array.from({ length: 12 }, (_, index) => index + 1);
const place = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** What the master tells of a task. */
interface Told {
  readonly claim: string;
  readonly result: { readonly square: number; readonly by: string };
  readonly versions: readonly string[];
}

/** A program that says `ready` and waits for a line, once or more often, and then prints its result. */
class Member {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown[]>;
  #complaints = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'close');
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
    this.#child.stderr!.on('data', (data) => (this.#complaints += String(data)));
  }

  async ready(): Promise<void> {
    const { value } = await this.#lines.next();
    if (value !== 'ready') throw await this.#failure();
  }

  go(): void {
    this.#child.stdin!.write('go\n');
  }

  async result(): Promise<unknown> {
    const { value } = await this.#lines.next();
    const [code] = await this.#ended;
    if (code !== 0 || this.#complaints !== '') throw await this.#failure();
    return JSON.parse(value);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #failure(): Promise<Error> {
    const [code] = await this.#ended;
    return new Error(`${this.#child.spawnfile} ended with ${code}: ${this.#complaints}`);
  }
}

const why = missingCargo() ?? missingPython();
const title = 'workers in Rust and TypeScript do each task of a master in Python exactly once';
const skipped = why === undefined ? '' : ` (skipped: ${why})`;
if (why === undefined) {
  t.setTimeout(2 * CARGO_TIMEOUT_MS);
  buildExamples();
}
t.test(`${title}${skipped}`, { skip: skipped !== '' }, async (t) => {
  const server = await startSqld();
  t.teardown(() => server.stop());
  const homes = temporaryDirectory(t);
  const token = await server.token();
  const start = (name: string, command: string, args: readonly string[], env = {}) => {
    // NODE_OPTIONS: the test runner loads hooks of its own into what is spawned.
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const remote = { TURSO_DATABASE_URL: server.url, TURSO_AUTH_TOKEN: token };
    const member = new Member(command, args, {
      ...inherited,
      ...RUST_ENVIRONMENT,
      ...remote,
      ...env,
      AGENTFS_HOME: join(homes, name),
    });
    t.teardown(() => member.stop());
    return member;
  };

  const python = { PYTHONPATH: place('src/sdk/python'), PYTHONDONTWRITEBYTECODE: '1' };
  const making = [place('test/sdk/mixed/master.py'), String(TASKS.length)];
  const master = start('master', 'python3', ['-W', 'error', ...making], python);
  await master.ready();
  const rust = start('rust', exampleProgram('mixed_worker'), []);
  const program = join(import.meta.dirname, 'mixed', 'worker.js');
  const typescript = start('typescript', process.execPath, [program]);
  for (const _ of TASKS) {
    await Promise.all([rust.ready(), typescript.ready()]);
    rust.go();
    typescript.go();
  }
  const [byRust, byTypeScript] = (await Promise.all([rust.result(), typescript.result()])) as [
    string[],
    string[],
  ];

  const names = TASKS.map((number) => `${number}.json`).sort();
  t.same([...byRust, ...byTypeScript].sort(), names, 'each task was done by one worker, once');
  master.go();
  const tasks = (await master.result()) as Record<string, Told>;
  t.same(Object.keys(tasks).sort(), names);
  for (const number of TASKS) {
    const task = `${number}.json`;
    const worker = byRust.includes(task) ? 'rust' : 'typescript';
    const told = { claim: worker, result: { square: number ** 2, by: worker }, versions: ['created'] };
    t.same(tasks[task], told, `${task}: the remote has one result, of who claimed it`);
  }
});

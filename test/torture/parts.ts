/**
 * The parts of `npm run torture`, as the tests take them: the same code, a few steps of it.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

export const SKIP =
  process.platform === 'linux' && process.getuid?.() === 0
    ? false
    : 'needs root and Linux, to do to a mount what it does';

/** Longer than a client's own deadline (`children.mjs`), which says what hangs; and for a machine with ten other things to do. */
export const LIMIT_MS = 600_000;

interface Context {
  readonly folder: string;
  readonly random: object;
  progress(line: string): void;
  cleanup(undo: () => Promise<unknown>): void;
}

interface Part {
  cases(options: {
    long: boolean;
  }): readonly { title: string; run(context: Context): Promise<string | undefined> }[];
}

export interface Killing {
  prepare(): Promise<void>;
  round(): Promise<string>;
  compare(): Promise<void>;
  remove(): Promise<void>;
}

interface KillModule {
  readonly Killing: new (folder: string, options: { names: readonly string[]; seed: number }) => Killing;
}

interface RandomModule {
  readonly Random: new (seed: string) => object;
}

async function load<T>(name: string): Promise<T> {
  return (await import(new URL(`../../../scripts/torture/${name}.mjs`, import.meta.url).href)) as T;
}

export function freshFolder(t: Test): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-torture-')));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Choices come from a seed that is printed. */
export function newSeed(t: Test): number {
  const seed = Number(process.env.AGENTFS_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.comment(`AGENTFS_SEED=${seed}`);
  return seed;
}

/** Runs the short form of the cases of a part whose titles match. */
export async function runCases(t: Test, name: string, titles: RegExp): Promise<void> {
  const seed = newSeed(t);
  const { cases } = await load<Part>(name);
  const { Random } = await load<RandomModule>('random');
  let ran = 0;
  for (const { title, run } of cases({ long: false })) {
    if (!titles.test(title)) continue;
    ran += 1;
    await t.test(title, { timeout: LIMIT_MS }, async (t) => {
      const undo: (() => Promise<unknown>)[] = [];
      const folder = freshFolder(t);
      t.teardown(async () => {
        for (const step of undo.reverse()) await step();
      });
      const random = new Random(`${name} ${seed}`);
      const told = await run({ folder, random, progress: () => {}, cleanup: (step) => undo.push(step) });
      t.pass(told ?? 'every promise was kept');
    });
  }
  t.ok(ran > 0, 'there is such a case');
}

export async function startKilling(t: Test, names: readonly string[]): Promise<Killing> {
  const { Killing } = await load<KillModule>('kill');
  const killing = new Killing(freshFolder(t), { names, seed: newSeed(t) });
  t.teardown(() => killing.remove());
  await killing.prepare();
  return killing;
}

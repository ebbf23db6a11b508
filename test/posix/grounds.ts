/**
 * The suite as tests: every case a test of its own, on a directory that is there for them alone.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Test } from 'tap';
import type { MountRequest } from '#src/fuse/index.js';
import { mountFresh } from '../fuse/mounted.js';
import type { Case } from './case.js';
import { CASES } from './cases/index.js';
import { type Gaps, runSuite } from './suite.js';

/** For a whole run, in milliseconds. */
export const LIMIT_MS = 600_000;

/** Why no case can run, or false. */
export function cannotRun(): string | false {
  return spawnSync('python3', ['--version']).status === 0 ? false : 'python3 is missing: it makes the calls';
}

export interface SuiteRun {
  readonly directory: string;
  readonly gaps?: Gaps;
  readonly cases?: readonly Case[];
}

/** A test a case. What fails as declared is a passed test, whose title says so. */
export async function testSuite(t: Test, run: SuiteRun): Promise<void> {
  const cases = run.cases ?? CASES;
  await runSuite({ full: process.env.FULL === '1', ...run, cases }, async ({ title, result, why }) => {
    if (result === 'skipped') await t.test(title, { skip: why! }, async () => undefined);
    else
      await t.test(result === 'gap' ? `${title} (not here: ${why})` : title, async (t) => {
        if (result === 'failed') t.fail(why!);
        else t.pass();
      });
  });
}

/** A fresh workspace, mounted where other users can get to. */
export async function mountForSuite(
  t: Test,
  request: Partial<MountRequest>,
): Promise<{ dir: string; logged: string[] }> {
  const mounted = await mountFresh(t, request);
  chmodSync(dirname(mounted.dir), 0o711);
  return mounted;
}

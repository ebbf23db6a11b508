/**
 * What each example prints, whatever its language, and running it as it stands against a real server.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { startSqld } from '../support/sqld.js';
import { temporaryDirectory } from '../workspace/temporary-home.js';

const EXAMPLES = {
  'shared-workspace': `Ben reads: # Plan
Ana has a conflict: modify/modify of /plan.md
# Plan (Ana)

1. Tests
2. Code
3. Docs (Ben)

`,
  'work-distribution': `tasks done: 6
1.json: 1
2.json: 4
3.json: 9
4.json: 16
5.json: 25
6.json: 36
`,
  backup: `backed up; problems: 0
restored: report.md: three weeks of work
`,
  'point-in-time-recovery': `versions: modified, created
chapter 1: first draft
returning to the draft changes 3 files and names
files: chapter-1.md, chapter-2.md
`,
};
type Example = keyof typeof EXAMPLES;

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Besides ours. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `missing` says what this machine lacks for the language; then the titles say so, and nothing is run. */
export function testExamples(
  language: string,
  programOf: (name: Example) => Program,
  missing?: string | undefined,
): void {
  t.setTimeout(240_000);
  const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;
  for (const name of Object.keys(EXAMPLES) as Example[]) {
    const title = `${language}: the example ${name} does what it says${skipped}`;
    t.test(title, { skip: skipped !== '' }, async (t) => {
      const server = await startSqld();
      t.teardown(() => server.stop());
      const scratch = temporaryDirectory(t);
      const { command, args, env } = programOf(name);
      // NODE_OPTIONS: the test runner loads hooks of its own into what is spawned.
      const { NODE_OPTIONS: _, ...inherited } = process.env;
      const { stdout, stderr } = await promisify(execFile)(command, args, {
        env: {
          ...inherited,
          ...env,
          TMPDIR: scratch,
          TURSO_DATABASE_URL: server.url,
          TURSO_AUTH_TOKEN: await server.token(),
          BACKUP_URL: `file:${join(scratch, 'backup.db')}`,
        },
        timeout: 120_000,
      });
      t.equal(stdout, EXAMPLES[name]);
      t.equal(stderr, '');
    });
  }
}

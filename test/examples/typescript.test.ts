/** The examples are run as they stand, against a real server, and say what their comments promise. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { startSqld } from '../support/sqld.js';
import { temporaryDirectory } from '../workspace/temporary-home.js';

t.setTimeout(240_000);

const EXAMPLES: Readonly<Record<string, string>> = {
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

for (const [name, output] of Object.entries(EXAMPLES)) {
  t.test(`the example ${name} does what it says`, async (t) => {
    const server = await startSqld();
    t.teardown(() => server.stop());
    const scratch = temporaryDirectory(t);
    const program = join(import.meta.dirname, 'typescript', `${name}.js`);
    // NODE_OPTIONS: the test runner loads hooks of its own into what is spawned.
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], {
      env: {
        ...inherited,
        TMPDIR: scratch,
        TURSO_DATABASE_URL: server.url,
        TURSO_AUTH_TOKEN: await server.token(),
        BACKUP_URL: `file:${join(scratch, 'backup.db')}`,
      },
      timeout: 120_000,
    });
    t.equal(stdout, output);
    t.equal(stderr, '');
  });
}

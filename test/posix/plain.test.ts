/**
 * The suite on a directory of the machine's own: proves the suite.
 */
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { FUSE_NATIVE_GAPS } from '#src/fuse/index.js';
import { CASES } from './cases/index.js';
import { COVERED, FUSE_NATIVE, gapsOf, NATIVE, NOT_OF_THE_SUITE } from './gaps.js';
import { cannotRun, LIMIT_MS, testSuite } from './grounds.js';

t.test(
  'every gap that the fuse-native driver declares is tested, and every title in the tables is a case',
  (t) => {
    t.same([...COVERED, ...NOT_OF_THE_SUITE].sort(), Object.keys(FUSE_NATIVE_GAPS).sort());
    const titles = new Set(CASES.map(({ title }) => title));
    t.equal(titles.size, CASES.length, 'no title twice');
    t.same(
      Object.keys({ ...FUSE_NATIVE, ...NATIVE, ...gapsOf('/') }).filter((title) => !titles.has(title)),
      [],
    );
    t.end();
  },
);

t.test('a plain directory', { skip: cannotRun(), timeout: LIMIT_MS }, async (t) => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-posix-')));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  await testSuite(t, { directory, gaps: gapsOf(directory) });
});

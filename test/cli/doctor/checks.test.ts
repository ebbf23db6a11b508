import t from 'tap';
import { checkMachine, isHealthy, type MachineFacts } from '#src/cli/doctor/checks.js';

const FACTS: MachineFacts = {
  platform: 'linux',
  arch: 'x64',
  nodeVersion: '20.11.0',
  root: false,
  fuseDevice: 'usable',
  fusermount3: true,
  libfuse2: true,
  fuseNativePackage: true,
  addonProblem: undefined,
  sqliteProblem: undefined,
  home: '/home/a/.local/share/agentfs',
  homeProblem: undefined,
  userAllowOther: true,
};

t.test('a machine that has everything is healthy, and nothing needs a remedy', async (t) => {
  const checks = checkMachine(FACTS);
  t.ok(isHealthy(checks));
  t.ok(checks.every((check) => check.ok && check.remedy === undefined));
});

const BROKEN: readonly [string, Partial<MachineFacts>, string, RegExp][] = [
  ['an old Node', { nodeVersion: '18.20.0' }, 'node', /Node/],
  ['no /dev/fuse', { fuseDevice: 'absent' }, '/dev/fuse', /modprobe fuse/],
  ['a forbidden /dev/fuse', { fuseDevice: 'forbidden' }, '/dev/fuse', /chmod 666/],
  ['no addon', { addonProblem: 'not built' }, 'native driver', /npm run setup/],
  ['no SQLite', { sqliteProblem: 'wrong ABI' }, 'sqlite', /npm rebuild/],
  ['no fusermount3', { fusermount3: false }, 'fusermount3', /sudo apt-get install fuse3/],
  ['an unwritable home', { homeProblem: 'EACCES' }, 'home', /AGENTFS_HOME/],
];
for (const [what, change, name, remedy] of BROKEN) {
  t.test(`${what} is required, and told with its remedy`, async (t) => {
    const checks = checkMachine({ ...FACTS, ...change });
    t.notOk(isHealthy(checks));
    t.match(
      checks.find((check) => check.name === name),
      { ok: false, required: true, remedy },
    );
  });
}

t.test('root mounts without fusermount3, and nobody needs the second driver', async (t) => {
  t.ok(isHealthy(checkMachine({ ...FACTS, root: true, fusermount3: false, libfuse2: false })));
  t.ok(isHealthy(checkMachine({ ...FACTS, fuseNativePackage: false, userAllowOther: false })));
});

t.test('on macOS the second driver is the required one', async (t) => {
  const checks = checkMachine({ ...FACTS, platform: 'darwin', fuseNativePackage: false });
  t.notOk(isHealthy(checks));
  t.notOk(checks.some((check) => check.name === '/dev/fuse'));
});

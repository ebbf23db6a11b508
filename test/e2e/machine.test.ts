/**
 * What a machine may lack, and a user without rights: made real in a private mount namespace, so nothing outside of it
 * changes. The mount and `agentfs doctor` must name the same remedy, and nothing may be left behind.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import t, { type Test } from 'tap';
import { MAIN } from '../cli/agentfs-process.js';
import { isMounted, MountedAgent, sh } from './mounted-agent.js';

const NOBODY = 65534;
const DROP = `setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups --`;

interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}
interface Diagnosis {
  readonly healthy: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly remedy?: string }[];
}

/** Runs what follows in a mount namespace that `prepare` has changed; as another user where `drop` says so. */
function namespace(prepare: string, drop = ''): readonly string[] {
  return ['unshare', '-m', 'sh', '-ec', `${prepare}; exec ${drop} "$@"`, 'sh'];
}

/** A /dev of the few devices that every program needs; `fuse` is how, or whether, /dev/fuse is among them. */
function ownDev(scratch: string, fuse: string): string {
  const dev = `${scratch}/dev`;
  const devices = '/dev/null /dev/zero /dev/random /dev/urandom';
  return `mkdir ${dev}; cp -a ${devices} ${dev}; ${fuse === '' ? ':' : `mknod -m ${fuse} ${dev}/fuse c 10 229`}; mount --bind ${dev} /dev`;
}

function whyNot(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root, to change a namespace';
  if (!existsSync('/usr/bin/setpriv')) return 'setpriv is not installed';
  return false;
}

async function whyNoUser(): Promise<string | false> {
  const root = whyNot();
  if (root !== false) return root;
  try {
    accessSync('/usr/bin/fusermount3', constants.X_OK);
  } catch {
    return 'fusermount3 is not installed (apt-get install fuse3)';
  }
  const reads = await sh('/', `${DROP} test -r ${MAIN} -a -x ${process.execPath}`).catch(() => undefined);
  return reads === undefined ? 'a normal user cannot read this checkout or run this node' : false;
}

/** Mounts in the namespace and asks doctor there; both must fail and name `remedy`. */
async function expectRemedy(
  t: Test,
  place: { mounted: MountedAgent; within: readonly string[]; check: string },
  remedy: RegExp,
): Promise<void> {
  const { mounted, within, check } = place;
  const mount = await mounted.run(['mount', 'w', mounted.dir, '--json'], { within });
  t.equal(mount.code, 1);
  t.equal(mount.stderr, '');
  const { error } = JSON.parse(mount.stdout) as Failure;
  t.equal(error.code, 'FUSE_UNAVAILABLE', error.message);
  t.match(error.hint, remedy, 'the hint names the remedy');
  t.match(error.hint, /agentfs doctor/);
  await sh(mounted.agent.scratch, 'rm -rf dev');
  const doctor = await mounted.run(['doctor', '--json'], { within });
  t.equal(doctor.code, 1);
  const { healthy, checks } = JSON.parse(doctor.stdout) as Diagnosis;
  t.notOk(healthy);
  t.match(
    checks.find((one) => one.name === check),
    { ok: false, remedy },
    'doctor names it, too',
  );
  t.notOk(isMounted(mounted.dir));
  t.match(await mounted.run(['fs', 'ls', 'w']), { code: 0 }, 'the workspace is as usable as before');
}

t.test('without /dev/fuse, mount and doctor name modprobe', { skip: whyNot() }, async (t) => {
  const mounted = await MountedAgent.create(t);
  const within = namespace(ownDev(mounted.agent.scratch, ''));
  await expectRemedy(t, { mounted, within, check: '/dev/fuse' }, /modprobe fuse/);
});

t.test('with a /dev/fuse of root alone, a user is told chmod', { skip: await whyNoUser() }, async (t) => {
  const mounted = await forNobody(t);
  const within = namespace(ownDev(mounted.agent.scratch, '600'), DROP);
  await expectRemedy(t, { mounted, within, check: '/dev/fuse' }, /chmod 666 \/dev\/fuse/);
});

t.test(
  'without fusermount3, a user is told apt-get install fuse3',
  { skip: await whyNoUser() },
  async (t) => {
    const mounted = await forNobody(t);
    const hide =
      'for f in /usr/bin/fusermount3 /usr/bin/fusermount; do [ ! -e $f ] || mount --bind /dev/null $f; done';
    const within = namespace(`${hide}; ${ownDev(mounted.agent.scratch, '666')}`, DROP);
    await expectRemedy(t, { mounted, within, check: 'fusermount3' }, /apt-get install fuse3/);
  },
);

t.test(
  'a normal user creates, mounts, works with git, unmounts, and finds all of it again',
  { skip: await whyNoUser() },
  async (t) => {
    const mounted = await forNobody(t);
    const { dir, agent } = mounted;
    const script = `
      set -e; agentfs() { timeout 30 "$node" "$main" "$@"; }; node="$1"; main="$2"; dir="$3"; other="$3-other"
      test "$(id -u)" = ${NOBODY}; export HOME="$AGENTFS_HOME"
      agentfs workspace create mine; agentfs mount mine "$dir"; cd "$dir"
      git init -q -b main; git config user.email a@b; git config user.name n
      echo hello > a.txt; mkdir sub; ln -s ../a.txt sub/link; git add -A; git commit -qm first; git fsck
      stat -c '%u %a' a.txt; cd /; agentfs umount "$dir"; ls -A "$dir" | wc -l
      agentfs mount mine "$dir"; git -C "$dir" status --porcelain; git -C "$dir" log --format=%s
      agentfs umount mine; agentfs fs cat mine /a.txt; stat -c '%a' "$AGENTFS_HOME"`;
    const within = [...namespace(ownDev(agent.scratch, '666'), DROP), 'sh', '-c', script, 'sh'];
    const { code, stdout, stderr } = await agent.run([dir], { within });
    t.equal(code, 0, stderr);
    t.equal(
      stdout,
      [
        'Created workspace mine',
        'Mount it: agentfs mount mine <dir>',
        `Mounted mine at ${dir}`,
        `${NOBODY} 644`,
        `Unmounted ${dir}`,
        '0',
        `Mounted mine at ${dir}`,
        'first',
        `Unmounted ${dir}`,
        'hello',
        '700',
        '',
      ].join('\n'),
    );
  },
);

/** An agent whose home, workspace and mountpoint belong to nobody. */
async function forNobody(t: Test): Promise<MountedAgent> {
  const mounted = await MountedAgent.create(t);
  const { home, scratch } = mounted.agent;
  await sh(scratch, `chmod 755 ..; chown -R ${NOBODY}:${NOBODY} ${home} ${scratch}`);
  return mounted;
}

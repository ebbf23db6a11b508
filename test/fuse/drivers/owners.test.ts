import { chmodSync, existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import {
  checkMountpoint,
  clearDeadMount,
  forceUnmount,
  mountAt,
  probeMount,
} from '#src/fuse/drivers/mountpoint.js';
import { findHelper } from '#src/fuse/drivers/unmount.js';
import { freshDirectory, run, skipUnlessRoot, startClient, statFromOutside, waitFor } from './client.js';

const PROGRAM = new URL('./serve-tiny.js', import.meta.url).pathname;
const NOBODY = 65534;

/** Starts an owner; `said` resolves when it has printed a line that matches. */
function startOwner(...command: [string, ...string[]]) {
  const [program, ...args] = command;
  const { child, done } = startClient(program, ...args);
  let output = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    output += bytes.toString();
  });
  const said = (what: RegExp) => waitFor(`${what} in: ${output}`, () => what.test(output));
  return { child, done, said };
}

/**
 * The words before a command that run it as a normal user, in a mount namespace where /dev/fuse is open to all, as
 * distributions have it; nothing outside of it changes.
 */
function asNobody(scratch: string, prepare = ':'): [string, ...string[]] {
  const device = `mknod -m 666 ${scratch}/fuse c 10 229 && mount --bind ${scratch}/fuse /dev/fuse`;
  const drop = `setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups`;
  return ['unshare', '-m', 'sh', '-c', `${device} && ${prepare} && exec ${drop} "$@"`, 'sh'];
}

function whyNoUserTest(): string | false {
  if (skipUnlessRoot !== false) return 'needs root to become another user';
  if (findHelper() === undefined) return 'fusermount3 is not installed (apt-get install fuse3)';
  if (!existsSync('/usr/bin/setpriv')) return 'setpriv is not installed';
  return false;
}

t.test('as a normal user', { skip: whyNoUserTest() }, async (t) => {
  function directories() {
    const scratch = freshDirectory(t);
    const dir = freshDirectory(t);
    chmodSync(scratch, 0o755);
    return { scratch, dir };
  }

  t.test('the helper mounts, the mount answers, and the helper unmounts', async (t) => {
    const { scratch, dir } = directories();
    await run('chown', `${NOBODY}`, dir);
    const owner = startOwner(...asNobody(scratch), process.execPath, PROGRAM, dir, '--look');
    await owner.said(/ENOENT|error/);
    owner.child.stdin?.end();
    t.equal((await owner.done).stdout, 'ready\nok ENOENT\nclosed\n');
  });

  t.test('a directory of somebody else is refused as MOUNTPOINT_INVALID', async (t) => {
    const { scratch, dir } = directories();
    chmodSync(dir, 0o755);
    const owner = startOwner(...asNobody(scratch), process.execPath, PROGRAM, dir);
    t.match((await owner.done).stdout, /error MOUNTPOINT_INVALID .*no write access.* belongs to you/);
  });

  t.test('without fusermount3 the error names the package', async (t) => {
    const { scratch, dir } = directories();
    await run('chown', `${NOBODY}`, dir);
    const hide =
      'for f in /usr/bin/fusermount3 /usr/bin/fusermount; do [ ! -e $f ] || mount --bind /dev/null $f; done';
    const owner = startOwner(...asNobody(scratch, hide), process.execPath, PROGRAM, dir);
    t.match((await owner.done).stdout, /error FUSE_UNAVAILABLE .*apt-get install fuse3.*agentfs doctor/);
  });

  t.test('allowOther without user_allow_other names /etc/fuse.conf', async (t) => {
    const { scratch, dir } = directories();
    await run('chown', `${NOBODY}`, dir);
    const empty = '{ [ ! -e /etc/fuse.conf ] || mount --bind /dev/null /etc/fuse.conf; }';
    const owner = startOwner(...asNobody(scratch, empty), process.execPath, PROGRAM, dir, '--allow-other');
    t.match((await owner.done).stdout, /error MOUNT_FAILED .*\/etc\/fuse\.conf/);
  });

  t.test('a /dev/fuse that only root may open is FUSE_UNAVAILABLE with the remedy', async (t) => {
    const { scratch, dir } = directories();
    await run('chown', `${NOBODY}`, dir);
    const owner = startOwner(
      ...asNobody(scratch, `chmod 600 ${scratch}/fuse`),
      process.execPath,
      PROGRAM,
      dir,
    );
    t.match((await owner.done).stdout, /error FUSE_UNAVAILABLE .*chmod 666 \/dev\/fuse/);
  });
});

t.test('as root', { skip: skipUnlessRoot }, async (t) => {
  t.test('no /dev/fuse is FUSE_UNAVAILABLE with the remedy', async (t) => {
    const dir = freshDirectory(t);
    const script = `mount -t tmpfs none /dev && exec "$@"`;
    const owner = startOwner('unshare', '-m', 'sh', '-c', script, 'sh', process.execPath, PROGRAM, dir);
    t.match((await owner.done).stdout, /error FUSE_UNAVAILABLE .*modprobe fuse/);
  });

  t.test('without the right to mount it is FUSE_UNAVAILABLE and names CAP_SYS_ADMIN', async (t) => {
    const dir = freshDirectory(t);
    const drop = ['--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];
    const owner = startOwner('setpriv', ...drop, process.execPath, PROGRAM, dir);
    t.match((await owner.done).stdout, /error FUSE_UNAVAILABLE .*CAP_SYS_ADMIN/);
  });

  t.test('a killed owner leaves a dead mount, which clearDeadMount takes away', async (t) => {
    const dir = freshDirectory(t);
    const owner = startOwner(process.execPath, PROGRAM, dir);
    await owner.said(/ready/);
    const entry = mountAt(dir);
    t.match(entry, { source: 'tiny', mountpoint: dir });
    t.equal(entry && (await probeMount(entry)), 'alive');
    t.equal(await clearDeadMount(dir, { ownerPid: 1 << 30 }), false, 'a live mount is left alone');
    t.strictSame(await statFromOutside(dir), ['ok']);
    owner.child.kill('SIGKILL');
    await owner.done;
    t.throws(() => checkMountpoint(dir), { code: 'MOUNTPOINT_BUSY' });
    t.equal(entry && (await probeMount(entry)), 'dead');
    t.equal(await clearDeadMount(dir), true);
    t.equal(mountAt(dir), undefined);
    t.equal(checkMountpoint(dir), dir);
    t.equal(await clearDeadMount(dir), false);
  });

  t.test('process.exit answers a waiting client, though the notifier waits for its lock', async (t) => {
    const dir = freshDirectory(t);
    const owner = startOwner(process.execPath, PROGRAM, dir, '--hold', '--exit');
    await owner.said(/ready/);
    const { done } = startClient('mkdir', `${dir}/held`);
    await owner.said(/held/);
    owner.child.stdin?.end();
    t.not((await done).code, 0);
    t.equal((await owner.done).code, 0);
    t.equal(await clearDeadMount(dir), true);
  });

  t.test(
    'an owner killed while its notifier waits for a lock leaves a stuck mount, which its pid gives away',
    async (t) => {
      const dir = freshDirectory(t);
      const owner = startOwner(process.execPath, PROGRAM, dir, '--hold');
      await owner.said(/ready/);
      const { done } = startClient('mkdir', `${dir}/held`);
      await owner.said(/held/);
      const ownerPid = owner.child.pid ?? 0;
      t.equal(await clearDeadMount(dir, { ownerPid }), false, 'a live mount is left alone');
      owner.child.kill('SIGKILL');
      const stat = `/proc/${ownerPid}/stat`;
      await waitFor('its end', () => !existsSync(stat) || /\) [ZX]/.test(readFileSync(stat, 'utf8')));
      t.equal(await clearDeadMount(dir, { ownerPid }), true);
      t.not((await done).code, 0);
      await owner.done;
      t.equal(mountAt(dir), undefined);
    },
  );

  t.test('forceUnmount frees a client whose owner hangs', async (t) => {
    const dir = freshDirectory(t);
    const owner = startOwner(process.execPath, PROGRAM, dir, '--hold');
    await owner.said(/ready/);
    const { done } = startClient('stat', `${dir}/held`);
    await owner.said(/held/);
    owner.child.kill('SIGSTOP');
    const entry = mountAt(dir);
    t.equal(entry && (await probeMount(entry)), 'silent');
    await forceUnmount(dir);
    t.match(await done, { code: 1, stderr: /abort|not connected/ });
    await t.rejects(forceUnmount(dir), { code: 'NOT_MOUNTED' });
    owner.child.kill('SIGCONT');
    await owner.said(/closed/);
    owner.child.stdin?.end();
    await owner.done;
  });

  t.test('a worker thread serves, and its end leaves no thread and no waiting client', async (t) => {
    const dir = freshDirectory(t);
    const owner = startOwner(process.execPath, PROGRAM, dir, '--worker', '--hold');
    await owner.said(/ready/);
    t.strictSame(await statFromOutside(`${dir}/file`), ['ok']);
    const { done } = startClient('mkdir', `${dir}/held`);
    await owner.said(/held/);
    owner.child.stdin?.end();
    t.not((await done).code, 0);
    const end = await owner.done;
    t.match(end, { code: 0, stdout: /terminated/, stderr: '' });
    t.equal(await clearDeadMount(dir), true);
  });
});

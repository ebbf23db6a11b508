import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { listMounts } from '#src/fuse/index.js';
import { AgentFS, ownerOf, type Workspace } from '#src/sdk/typescript/index.js';
import { eventually, temporaryDirectory } from '../workspace/temporary-home.js';
import { isRunning, shell, unmountBelow } from './shell.js';

interface Place {
  readonly ws: Workspace;
  readonly directory: string;
  readonly mountpoint: string;
}

async function place(t: { teardown(fn: () => unknown): void }, name = 'demo'): Promise<Place> {
  const directory = temporaryDirectory(t);
  const mountpoint = join(directory, 'mnt');
  mkdirSync(mountpoint);
  const ws = await new AgentFS({ home: join(directory, 'home') }).workspace.create(name);
  t.teardown(async () => {
    const owner = await ownerOf(ws.record).catch(() => undefined);
    if (owner?.kind === 'background') process.kill(owner.pid, 'SIGKILL');
    await unmountBelow(directory);
    await ws.close().catch(() => {});
  });
  return { ws, directory, mountpoint };
}

/** A process that uses the mount until the test has ended. */
function occupy(t: { teardown(fn: () => unknown): void }, command: string): ChildProcess {
  const child = spawn('sh', ['-c', command], { cwd: '/', stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

const isMounted = (mountpoint: string): boolean =>
  listMounts().some((entry) => entry.mountpoint === mountpoint);

t.test(
  'what is written on the mount, and what through the SDK, is one and the same',
  { timeout: 60_000 },
  async (t) => {
    const { ws, mountpoint } = await place(t);
    await ws.writeFile('/sdk', 'one');
    const mount = await ws.mount(mountpoint);
    t.match(mount.info, { mountpoint, workspace: 'demo', driver: 'native', readOnly: false });
    t.equal(await shell(`cat ${mountpoint}/sdk; echo -n two > ${mountpoint}/shell`), 'one');
    t.equal(await ws.readFile('/shell', 'utf8'), 'two');
    await ws.writeFile('/sdk', 'changed');
    t.equal(await shell(`cat ${mountpoint}/sdk`), 'changed', 'the kernel was told');
    await ws.rm('/shell');
    t.equal(await shell(`ls ${mountpoint}`), 'sdk\n');
    t.match((await ws.owner()).mounts, [{ mountpoint }]);
    await mount.unmount();
    t.notOk(isMounted(mountpoint));
    t.equal(await ws.readFile('/sdk', 'utf8'), 'changed');
  },
);

t.test('one workspace is mounted in one place at a time', { timeout: 60_000 }, async (t) => {
  const { ws, mountpoint, directory } = await place(t);
  const other = join(directory, 'other');
  mkdirSync(other);
  const mount = await ws.mount(mountpoint);
  for (const where of [other, mountpoint]) {
    await t.rejects(ws.mount(where), {
      code: 'ALREADY_MOUNTED',
      path: mountpoint,
      message: new RegExp(mountpoint),
    });
  }
  await mount.unmount();
  await (await ws.mount(other)).unmount();
});

t.test(
  'a directory that will not do is refused with a reason, and no owner is left behind',
  { timeout: 60_000 },
  async (t) => {
    const { ws, mountpoint, directory } = await place(t);
    writeFileSync(join(directory, 'file'), '');
    const full = join(directory, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'x'), '');
    await t.rejects(ws.mount(join(directory, 'absent')), { code: 'MOUNTPOINT_INVALID', hint: /mkdir/ });
    await t.rejects(ws.mount(join(directory, 'file')), { code: 'MOUNTPOINT_INVALID' });
    await t.rejects(ws.mount(full), { code: 'MOUNTPOINT_INVALID', message: /not empty/ });
    const { pid } = await ws.owner();
    const inside = await place(t, 'inner');
    const mount = await ws.mount(mountpoint);
    await ws.mkdir('/sub');
    await t.rejects(inside.ws.mount(join(mountpoint, 'sub')), {
      code: 'MOUNTPOINT_INVALID',
      message: /inside/,
    });
    await mount.unmount();
    await ws.close();
    await eventually(async () => !(await isRunning(pid)));
  },
);

t.test(
  'the directory that holds the workspace cannot be hidden by its own mount',
  { timeout: 60_000 },
  async (t) => {
    const directory = temporaryDirectory(t);
    const home = join(directory, 'home');
    const db = join(directory, 'data');
    mkdirSync(db);
    const ws = await new AgentFS({ home }).workspace.create('demo', { db: join(db, 'w.db') });
    t.teardown(() => ws.close());
    await t.rejects(ws.mount(db), { code: /MOUNTPOINT_INVALID/ });
  },
);

t.test(
  'unmount goes by directory, by a symlink to it, or by workspace, and says where nothing was',
  { timeout: 60_000 },
  async (t) => {
    const { ws, mountpoint, directory } = await place(t);
    await ws.mount(mountpoint);
    symlinkSync(mountpoint, join(directory, 'link'));
    t.match(await ws.unmount(join(directory, 'link')), { removed: [mountpoint], ownerStays: false });
    t.notOk(isMounted(mountpoint));
    await ws.mount(mountpoint);
    t.match(await ws.unmount(), { removed: [mountpoint] });
    await t.rejects(ws.unmount(), { code: 'NOT_MOUNTED' });
    await t.rejects(ws.unmount(mountpoint), { code: 'NOT_MOUNTED' });
  },
);

t.test('a mount in use is not taken away, unless forced', { timeout: 60_000 }, async (t) => {
  const { ws, mountpoint } = await place(t);
  await ws.writeFile('/f', 'x');
  await ws.mount(mountpoint);
  const user = occupy(t, `exec 3< ${mountpoint}/f; exec sleep 60`);
  await eventually(
    async () => (await shell(`readlink /proc/${user.pid}/fd/3 || true`)).trim() === `${mountpoint}/f`,
  );
  await t.rejects(ws.unmount(), { code: 'MOUNTPOINT_BUSY' });
  await t.rejects(ws.service.call('owner.stop', {}), { code: 'MOUNTPOINT_BUSY' });
  t.ok(isMounted(mountpoint));
  t.equal(await ws.readFile('/f', 'utf8'), 'x', 'a refused stop changed nothing');
  t.match(await ws.unmount(undefined, { force: true }), { removed: [mountpoint] });
  t.notOk(isMounted(mountpoint));
});

t.test(
  'an unmount from outside is noticed: the owner flushes, and goes when nobody else needs it',
  { timeout: 60_000 },
  async (t) => {
    const { ws, mountpoint } = await place(t);
    const { info } = await ws.mount(mountpoint);
    await shell(`echo -n kept > ${mountpoint}/f; umount ${mountpoint} || fusermount3 -u ${mountpoint}`);
    await eventually(async () => (await ws.owner()).mounts.length === 0);
    await ws.close();
    await eventually(async () => !(await isRunning(info.pid)));
    await using again = await new AgentFS({ home: ws.record.home }).workspace.get('demo');
    t.equal(await again.readFile('/f', 'utf8'), 'kept');
  },
);

t.test(
  'SIGTERM unmounts, also what is in use, and keeps what was written',
  { timeout: 60_000 },
  async (t) => {
    const { ws, mountpoint } = await place(t);
    const { info } = await ws.mount(mountpoint);
    await shell(`echo -n kept > ${mountpoint}/f`);
    const user = occupy(t, `cd ${mountpoint}; exec sleep 60`);
    await eventually(async () => (await shell(`readlink /proc/${user.pid}/cwd`)).trim() === mountpoint);
    process.kill(info.pid, 'SIGTERM');
    await eventually(async () => !(await isRunning(info.pid)));
    t.notOk(isMounted(mountpoint));
    t.equal(await ws.readFile('/f', 'utf8'), 'kept');
  },
);

for (const way of ['mount', 'umount'] as const) {
  t.test(
    `after kill -9, the next ${way} clears the dead mount by itself, and what was fsynced is there`,
    { timeout: 60_000 },
    async (t) => {
      const { ws, mountpoint } = await place(t);
      const { info } = await ws.mount(mountpoint);
      await shell(`echo -n kept > ${mountpoint}/f; sync ${mountpoint}/f`);
      process.kill(info.pid, 'SIGKILL');
      await eventually(async () => !(await isRunning(info.pid)));
      t.ok(isMounted(mountpoint), 'the kill left a dead mount');
      if (way === 'mount') {
        const again = await ws.mount(mountpoint);
        t.equal(await shell(`cat ${mountpoint}/f`), 'kept');
        await again.unmount();
      } else {
        t.match(await ws.unmount(), { removed: [mountpoint] });
      }
      t.notOk(isMounted(mountpoint));
      t.equal(await ws.readFile('/f', 'utf8'), 'kept');
    },
  );
}

t.test('a read-only mount refuses to write, and the SDK still may', { timeout: 60_000 }, async (t) => {
  const { ws, mountpoint } = await place(t);
  const mount = await ws.mount(mountpoint, { readOnly: true });
  t.match(await shell(`echo x > ${mountpoint}/f`).catch((error) => error), { stderr: /Read-only/ });
  await ws.writeFile('/f', 'sdk');
  t.equal(await shell(`cat ${mountpoint}/f`), 'sdk');
  await mount.unmount();
});

t.test('a file that the SDK holds open outlives the mount', { timeout: 60_000 }, async (t) => {
  const { ws, mountpoint } = await place(t);
  const mount = await ws.mount(mountpoint);
  await ws.writeFile('/f', 'held');
  const file = await ws.openFile('/f');
  await shell(`rm ${mountpoint}/f`);
  await mount.unmount();
  t.equal((await file.read(0, 10)).toString(), 'held');
  await file.close();
});

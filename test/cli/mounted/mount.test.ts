/**
 * mount, umount, run and stop by the command, on a real mount.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Agent, endOf, eventually } from '../agentfs-process.js';

interface Listed {
  readonly workspace: string;
  readonly mountpoint: string;
  readonly pid: number;
}

async function withMountpoint(t: Parameters<typeof Agent.create>[0]): Promise<{ agent: Agent; dir: string }> {
  const agent = await Agent.create(t);
  const dir = join(agent.scratch, 'mnt');
  mkdirSync(dir, { recursive: true });
  return { agent, dir };
}

function isMounted(dir: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${dir} `);
}

t.test(
  'mount returns when the mount answers, umount when all is durable, and both sides see the same',
  async (t) => {
    const { agent, dir } = await withMountpoint(t);
    t.match(await agent.run(['mount', 'w', dir, '--create']), { code: 0, stdout: `Mounted w at ${dir}\n` });
    writeFileSync(join(dir, 'a.txt'), 'from the mount');
    t.equal((await agent.run(['fs', 'cat', 'w', '/a.txt'])).stdout, 'from the mount');
    await agent.run(['fs', 'write', 'w', '/b.txt', 'from the command']);
    t.equal(await readFile(join(dir, 'b.txt'), 'utf8'), 'from the command');
    t.match((await agent.json<Listed[]>(['mount'])).document, [{ workspace: 'w', mountpoint: dir }]);
    t.match(await agent.run(['umount', dir]), { code: 0, stdout: `Unmounted ${dir}\n` });
    t.notOk(isMounted(dir));
    t.strictSame(readdirSync(dir), []);
    t.equal((await agent.run(['fs', 'ls', 'w'])).stdout, 'a.txt\nb.txt\n');
  },
);

t.test('umount takes the name of the workspace, too, and says where nothing is mounted', async (t) => {
  const { agent, dir } = await withMountpoint(t);
  await agent.run(['mount', 'w', dir, '--create']);
  t.match(await agent.run(['umount', 'w']), { code: 0 });
  t.match(await agent.run(['umount', 'w']), { code: 1, stderr: /not mounted\nhint: / });
  t.match(await agent.run(['umount', join(agent.scratch, 'none')]), { code: 1, stderr: /hint: / });
});

t.test(
  'a mountpoint that is missing, a file, not empty or mounted is refused, and no mount is left',
  async (t) => {
    const { agent, dir } = await withMountpoint(t);
    await agent.run(['workspace', 'create', 'w']);
    const file = join(agent.scratch, 'file');
    writeFileSync(file, '');
    t.match(await agent.run(['mount', 'w', join(agent.scratch, 'none')]), {
      code: 1,
      stderr: /does not exist\nhint: /,
    });
    t.match(await agent.run(['mount', 'w', file]), { code: 1, stderr: /not a directory\nhint: / });
    t.match(await agent.run(['mount', 'w', agent.scratch]), { code: 1, stderr: /not empty\nhint: / });
    t.match(await agent.run(['mount', 'none', dir]), { code: 1, stderr: /no workspace.*\nhint: / });
    t.strictSame((await agent.json(['mount'])).document, []);
    await agent.run(['mount', 'w', dir]);
    t.match(await agent.run(['mount', 'w', dir]), { code: 1, stderr: /hint: / });
    t.equal((await agent.json<Listed[]>(['mount'])).document.length, 1);
  },
);

t.test('a mount whose owner was killed is cleared by umount, and what was fsynced is there', async (t) => {
  const { agent, dir } = await withMountpoint(t);
  await agent.run(['mount', 'w', dir, '--create']);
  writeFileSync(join(dir, 'kept'), 'kept', { flush: true });
  const [mount] = (await agent.json<Listed[]>(['mount'])).document;
  process.kill(mount!.pid, 'SIGKILL');
  await eventually(() => {
    try {
      readdirSync(dir);
      return undefined;
    } catch {
      return true;
    }
  });
  t.match(await agent.run(['umount', dir]), { code: 0 });
  t.notOk(isMounted(dir));
  t.equal((await agent.run(['fs', 'cat', 'w', '/kept'])).stdout, 'kept');
});

t.test('run mounts, runs in it, unmounts and ends with the exit code of the command', async (t) => {
  const agent = await Agent.create(t);
  const first = await agent.run(['run', 'w', '--create', '--', 'sh', '-c', 'pwd; echo hi > f; exit 7']);
  t.equal(first.code, 7);
  const place = first.stdout.trim();
  t.notOk(isMounted(place));
  t.throws(() => readdirSync(place), { code: 'ENOENT' });
  t.match(await agent.run(['run', 'w', '--', 'cat', 'f']), { code: 0, stdout: 'hi\n' });
  t.match(await agent.run(['run', 'w', '--', 'no-such-program-here']), { code: 127, stderr: /cannot run/ });
  t.match(await agent.run(['run', 'w', '--', 'sh', '-c', 'kill -TERM $$']), { code: 143 });
});

t.test('mount -f serves until SIGTERM, unmounts, and ends with 143', async (t) => {
  const { agent, dir } = await withMountpoint(t);
  const child = agent.spawn(['mount', '-f', 'w', dir, '--create']);
  t.teardown(() => child.kill('SIGKILL'));
  const ended = endOf(child);
  await eventually(() => isMounted(dir) || undefined);
  writeFileSync(join(dir, 'x'), 'x');
  child.kill('SIGTERM');
  t.equal((await ended).code, 143);
  t.notOk(isMounted(dir));
  t.equal((await agent.run(['fs', 'ls', 'w'])).stdout, 'x\n');
});

t.test('stop ends the background process with its mount', async (t) => {
  const { agent, dir } = await withMountpoint(t);
  await agent.run(['mount', 'w', dir, '--create']);
  t.match(await agent.run(['stop', 'w']), { code: 0, stdout: /Stopped process \d+/ });
  t.notOk(isMounted(dir));
  t.match(await agent.run(['stop', 'w']), { code: 0, stdout: /no background process/ });
});

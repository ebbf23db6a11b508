/**
 * The owner dies in the middle of writing, by SIGKILL or SIGTERM: what was promised is there, nothing is in the way of
 * the next command, and the database is sound.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eventually } from '../cli/agentfs-process.js';
import { startSqld } from '../support/sqld.js';
import { background, isMounted, isRunning, MountedAgent, sh } from './mounted-agent.js';

const RECORDER = join(import.meta.dirname, '..', '..', '..', 'test', 'e2e', 'fsync-recorder.py');
const ENOUGH = 40;

/** Starts the recorder on the mount; resolves when it has recorded ENOUGH files. */
async function record(t: Test, mounted: MountedAgent): Promise<{ recorded(): Promise<number[]> }> {
  await mounted.sh('mkdir -p in');
  const recorder = background(t, 'python3', [RECORDER, join(mounted.dir, 'in')]);
  await eventually(() => recorder.output().split('\n').length > ENOUGH || undefined, 30_000);
  return {
    recorded: async () => {
      await recorder.ended;
      t.match(recorder.output(), /^error \d+$/m, 'the writer was told');
      return [...recorder.output().matchAll(/^(\d+)$/gm)].map((match) => Number(match[1]));
    },
  };
}

/** Every recorded file is whole. */
async function expectFiles(t: Test, mounted: MountedAgent, recorded: readonly number[]): Promise<void> {
  t.ok(recorded.length >= ENOUGH, `${recorded.length} files had been fsynced`);
  const check = `
import sys
for line in sys.stdin:
    n = int(line)
    with open(f"in/f{n}", "rb") as file:
        assert file.read() == b"%d\\n" % n * ((n * 37) % 3000 + 1), n
print("whole")`;
  const list = join(mounted.agent.scratch, 'recorded');
  const program = join(mounted.agent.scratch, 'check.py');
  writeFileSync(list, recorded.join('\n'));
  writeFileSync(program, check);
  t.equal(await mounted.sh(`python3 ${program} < ${list}`), 'whole\n', 'each is there with its content');
}

async function expectSound(t: Test, mounted: MountedAgent): Promise<void> {
  t.match(await mounted.run(['doctor', 'w']), { code: 0, stdout: /sound/ });
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await eventually(() => !isRunning(pid) || undefined);
}

t.test(
  'killed with -9 while somebody writes, the next mount clears the dead one, and what was fsynced is there',
  { timeout: 90_000 },
  async (t) => {
    const mounted = await MountedAgent.create(t);
    const pid = await mounted.mount(t);
    const writer = await record(t, mounted);
    await kill(pid);
    const recorded = await writer.recorded();
    t.ok(isMounted(mounted.dir), 'the mount is dead, and there');
    t.match(await mounted.run(['workspace', 'list']), { code: 0 }, 'a list does not stumble over it');
    t.match(await mounted.run(['mount']), { code: 0, stdout: 'Nothing is mounted\n' });
    const next = await mounted.mount(t);
    t.not(next, pid);
    await expectFiles(t, mounted, recorded);
    await expectSound(t, mounted);
    await mounted.sh('rm -r in; echo again > f; sync f');
    t.match(await mounted.run(['umount', 'w']), { code: 0 });
  },
);

t.test(
  'killed with -9, the next mount works elsewhere, and the next umount clears the dead one by its directory',
  { timeout: 60_000 },
  async (t) => {
    const mounted = await MountedAgent.create(t);
    const pid = await mounted.mount(t);
    const writer = await record(t, mounted);
    await kill(pid);
    const recorded = await writer.recorded();
    t.match(await mounted.run(['umount', mounted.dir]), { code: 0, stdout: `Unmounted ${mounted.dir}\n` });
    t.notOk(isMounted(mounted.dir));
    t.strictSame(readdirSync(mounted.dir), []);
    const elsewhere = join(mounted.agent.scratch, 'elsewhere');
    mkdirSync(elsewhere);
    const second = JSON.parse((await mounted.run(['mount', 'w', elsewhere, '--json'])).stdout);
    await kill(second.pid);
    await mounted.mount(t);
    t.notOk(isMounted(elsewhere), 'a dead mount in another place goes, too');
    await expectFiles(t, mounted, recorded);
    await expectSound(t, mounted);
  },
);

t.test('the socket, record and lock of a killed owner do no harm', { timeout: 60_000 }, async (t) => {
  const mounted = await MountedAgent.create(t);
  const pid = await mounted.mount(t);
  await mounted.sh('echo kept > f; sync f');
  const { document } = await mounted.agent.json<{ database: string }>(['workspace', 'info', 'w']);
  await kill(pid);
  t.ok(existsSync(document.database), 'the database is there');
  t.match(
    await mounted.run(['fs', 'cat', 'w', '/f']),
    { code: 0, stdout: 'kept\n' },
    'while the dead mount stays',
  );
  t.match(await mounted.run(['status']), { code: 0 });
  t.match(await mounted.run(['stop', 'w']), { code: 0 });
  t.match(await mounted.run(['umount', 'w']), { code: 0 });
  t.match(await mounted.run(['workspace', 'delete', 'w', '--yes']), { code: 0 });
});

t.test(
  'SIGTERM in the middle of writes loses nothing that was acknowledged',
  { timeout: 60_000 },
  async (t) => {
    const mounted = await MountedAgent.create(t);
    const pid = await mounted.mount(t);
    // No fsync here: write(2) and close(2) have returned, which is what an ordered end must keep.
    const script = 'i=0; while i=$((i+1)); do echo $i > "$1/f$i" || exit; echo $i; done 2> /dev/null';
    const writer = background(t, 'sh', ['-c', script, 'sh', mounted.dir]);
    await eventually(() => writer.output().split('\n').length > 300 || undefined, 30_000);
    process.kill(pid, 'SIGTERM');
    await eventually(() => !isRunning(pid) || undefined, 20_000);
    t.notOk(isMounted(mounted.dir));
    writer.child.kill('SIGKILL');
    await writer.ended;
    const leftovers = new Set(readdirSync(mounted.dir));
    const acknowledged = writer.output().trimEnd().split('\n');
    await sh(mounted.dir, 'rm -f f*');
    await mounted.mount(t);
    const there = new Set((await mounted.sh('grep -l . f*')).trimEnd().split('\n'));
    const lost = acknowledged.filter((n) => !there.has(`f${n}`) && !leftovers.has(`f${n}`));
    t.strictSame(lost, [], `of ${acknowledged.length} files`);
    t.ok(there.size >= 300);
    await expectSound(t, mounted);
  },
);

t.test('after a kill and a remount, syncing goes on by itself', { timeout: 90_000 }, async (t) => {
  const sqld = await startSqld();
  t.teardown(() => sqld.stop());
  const mounted = await MountedAgent.create(t);
  const token = await sqld.token();
  const args = ['sync', 'enable', 'w', '--turso-db', sqld.url, '--mode', 'real-time', '--token-file', '-'];
  t.match(await mounted.run(args, { input: token }), { code: 0 });
  const pid = await mounted.mount(t);
  await mounted.sh('echo one > one; sync one');
  await kill(pid);
  await mounted.mount(t);
  await mounted.sh('echo two > two');
  const other = await MountedAgent.create(t);
  const manual = ['sync', 'enable', 'w', '--turso-db', sqld.url, '--mode', 'manual', '--token-file', '-'];
  t.match(await other.run(manual, { input: token }), { code: 0 });
  await eventually(async () => {
    t.match(await other.run(['sync', 'pull', 'w']), { code: 0 });
    const { stdout } = await other.run(['fs', 'ls', 'w']);
    return stdout === 'one\ntwo\n' || undefined;
  }, 30_000);
});

t.test(
  'of two mounts at once one wins, and the other says where it is mounted',
  { timeout: 60_000 },
  async (t) => {
    const mounted = await MountedAgent.create(t);
    const other = join(mounted.agent.scratch, 'other');
    mkdirSync(other);
    const ends = await Promise.all([
      mounted.run(['mount', 'w', mounted.dir, '--json']),
      mounted.run(['mount', 'w', other, '--json']),
    ]);
    const winner = ends.find((end) => end.code === 0);
    const loser = ends.find((end) => end.code !== 0);
    if (winner === undefined || loser === undefined) throw new Error(JSON.stringify(ends));
    const { mountpoint } = JSON.parse(winner.stdout);
    t.match(JSON.parse(loser.stdout), {
      error: { code: 'ALREADY_MOUNTED', path: mountpoint, hint: /agentfs umount w/ },
    });
    t.equal([mounted.dir, other].filter(isMounted).length, 1);
  },
);

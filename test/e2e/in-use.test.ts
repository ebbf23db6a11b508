/**
 * Mounts while somebody uses them: unmounting what is busy, commands whose working directory is in the mount they talk
 * about, and `run` interrupted. Nothing may hang: every command has a deadline.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { type endOf, eventually, MAIN } from '../cli/agentfs-process.js';
import { background, isMounted, isRunning, MountedAgent } from './mounted-agent.js';

const BUSY: readonly (readonly [what: string, script: string])[] = [
  ['an open file', 'exec 3< "$1/f"; echo ready; exec sleep 60'],
  ['a file that is being written', 'exec 3> "$1/g"; echo ready; exec sleep 60'],
  ['a working directory', 'cd "$1/d"; echo ready; exec sleep 60'],
];

for (const [what, script] of BUSY) {
  t.test(`umount says that ${what} keeps it busy, and --force unmounts all the same`, async (t) => {
    const mounted = await MountedAgent.create(t);
    const owner = await mounted.mount(t);
    await mounted.sh('echo x > f; mkdir d');
    const user = background(t, 'sh', ['-c', script, 'sh', mounted.dir]);
    await eventually(() => user.output().includes('ready') || undefined);
    const { code, stdout } = await mounted.run(['umount', 'w', '--json']);
    t.equal(code, 1);
    const { error } = JSON.parse(stdout);
    t.match(error, { code: 'MOUNTPOINT_BUSY', hint: /--force/ });
    t.match(
      `${error.message} ${error.hint}`,
      new RegExp(`${user.child.pid}|fuser`),
      'who keeps it busy can be found',
    );
    t.ok(isMounted(mounted.dir));
    t.equal(await mounted.sh('cat f'), 'x\n', 'it goes on as before');
    t.match(await mounted.run(['umount', mounted.dir, '--force']), { code: 0, stdout: /Unmounted/ });
    t.notOk(isMounted(mounted.dir));
    await eventually(() => !isRunning(owner) || undefined);
    t.ok(isRunning(user.child.pid ?? 0), 'the one that used it lives on');
    t.match(await mounted.run(['fs', 'cat', 'w', '/f']), { stdout: 'x\n' });
  });
}

/** Runs the command with its working directory in the mount, by a shell that goes there itself. */
async function inside(
  mounted: MountedAgent,
  args: readonly string[],
  below = '',
): Promise<Awaited<ReturnType<typeof endOf>>> {
  const within = [
    'timeout',
    '-s',
    'KILL',
    '25',
    'sh',
    '-c',
    `cd "$0" && exec "$@"`,
    join(mounted.dir, below),
  ];
  return await mounted.run(args, { within });
}

t.test('commands about a workspace work with the working directory in its mount', async (t) => {
  const mounted = await MountedAgent.create(t);
  await mounted.mount(t);
  await mounted.sh('mkdir -p d/e; echo x > d/f');
  const file = `file:${join(mounted.agent.scratch, 'remote.db')}`;
  const commands: readonly (readonly [args: readonly string[], stdout: RegExp])[] = [
    [['fs', 'ls', 'w', '/d'], /^e\/?\nf\n$/],
    [['fs', 'cat', 'w', '/d/f'], /^x\n$/],
    [['sync', 'enable', 'w', '--turso-db', file, '--mode', 'manual'], /manual/],
    [['sync', 'push', 'w'], /./],
    [['sync', 'status', 'w'], /^Workspace: w\n/],
    [['sync', 'pull', 'w'], /./],
    [['status'], /w/],
    [['mount'], /mnt/],
    [['workspace', 'info', 'w'], /w/],
    [['doctor', 'w'], /sound/],
  ];
  for (const [args, stdout] of commands) {
    t.match(await inside(mounted, args, 'd/e'), { code: 0, stdout }, args.join(' '));
  }
  const dot = await inside(mounted, ['umount', '.']);
  t.match(dot, { code: 1, stderr: /in use\nhint: / }, 'the command itself keeps it busy, and says so');
  t.ok(isMounted(mounted.dir));
  t.match(await inside(mounted, ['umount', '.', '--force']), { code: 0 });
  t.notOk(isMounted(mounted.dir));
});

t.test(
  'a mountpoint inside a mounted workspace is refused, and a second mount says where the first is',
  async (t) => {
    const mounted = await MountedAgent.create(t);
    await mounted.mount(t);
    await mounted.sh('mkdir sub');
    t.match(await mounted.run(['workspace', 'create', 'other']), { code: 0 });
    for (const place of [join(mounted.dir, 'sub'), join(mounted.dir, 'none')]) {
      const { code, stdout } = await mounted.run(['mount', 'other', place, '--json']);
      t.equal(code, 1);
      t.match(JSON.parse(stdout), {
        error: { code: 'MOUNTPOINT_INVALID', hint: String, message: /inside|'w'/ },
      });
    }
    t.match(await mounted.run(['mount', 'other', mounted.dir]), {
      code: 1,
      stderr: /hint: .*agentfs umount/,
    });
    const second = join(mounted.agent.scratch, 'second');
    mkdirSync(second);
    t.match(await mounted.run(['mount', 'w', second]), {
      code: 1,
      stderr: new RegExp(`mounted on ${mounted.dir} already\nhint: .*agentfs umount w`),
    });
    t.match(await mounted.run(['workspace', 'delete', 'w', '--yes']), { code: 1, stderr: /hint: / });
    t.equal(await mounted.sh('ls'), 'sub\n');
  },
);

/** `agentfs run` of a shell that says it is ready and waits; as a terminal does, the signal goes to both. */
async function interrupted(
  t: Test,
  script: string,
  signal: NodeJS.Signals,
): Promise<{ code: number; place: string; mounted: MountedAgent }> {
  const mounted = await MountedAgent.create(t);
  const run = background(t, 'setsid', [
    '--wait',
    'env',
    `AGENTFS_HOME=${mounted.agent.home}`,
    process.execPath,
    MAIN,
    'run',
    'w',
    '--',
    'sh',
    '-c',
    script,
  ]);
  await eventually(() => /\n/.test(run.output()) || undefined, 20_000);
  const [group = 0, place = ''] = run
    .output()
    .split(/[ \n]/)
    .map((word, i) => (i === 0 ? Number(word) : word)) as [number, string];
  process.kill(-group, signal);
  const code = await run.ended;
  return { code, place, mounted };
}

t.test('Ctrl-C in run ends with 130 and leaves no mount, and what was written is kept', async (t) => {
  const script = 'echo kept > f; echo "$(ps -o pgid= -p $$ | tr -d " ") $PWD"; exec sleep 60';
  const { code, place, mounted } = await interrupted(t, script, 'SIGINT');
  t.equal(code, 130);
  t.ok(place.startsWith(tmpdir()));
  t.notOk(isMounted(place));
  t.notOk(readdirSync(tmpdir()).includes(basename(place)), 'its directory is gone');
  t.match(await mounted.run(['fs', 'cat', 'w', '/f']), { code: 0, stdout: 'kept\n', stderr: '' });
});

t.test('SIGTERM in run ends with 143, a command that handles SIGINT goes on', async (t) => {
  const script = 'echo "$(ps -o pgid= -p $$ | tr -d " ") $PWD"; exec sleep 60';
  const ended = await interrupted(t, script, 'SIGTERM');
  t.equal(ended.code, 143);
  t.notOk(isMounted(ended.place));
  const own =
    'trap "echo handled > f; kill \\$!; exit 5" INT; echo "$(ps -o pgid= -p $$ | tr -d " ") $PWD"; sleep 60 & wait';
  const handled = await interrupted(t, own, 'SIGINT');
  t.equal(handled.code, 5);
  t.match(await handled.mounted.run(['fs', 'cat', 'w', '/f']), { stdout: 'handled\n' });
});

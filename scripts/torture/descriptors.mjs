/**
 * The owner has hardly any file descriptor left: the mount works on, commands are answered or say why not, and with descriptors
 * all is as before. And an owner that is started with too few says so and leaves nothing behind.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Agent } from './agent.mjs';
import { mountEntry, run } from './children.mjs';
import { worksAgain } from './patience.mjs';
import { expect } from './problem.mjs';
import { Writer } from './workloads/writer.mjs';

/** The limit with which a process can open `left` files more: below it there may be numbers that are free. */
function limitFor(pid, left) {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < left || used.has(limit); limit += 1) if (!used.has(limit)) free += 1;
  return limit;
}

async function fewLeft({ folder, random, cleanup }, { left, operations }) {
  const agent = new Agent(join(folder, 'agent'));
  cleanup(() => agent.remove());
  const owner = await agent.mount();
  const writer = new Writer(agent);
  await writer.prepare();
  await agent.enableSync(`file:${join(folder, 'remote.db')}`);
  const limit = (soft) => run('prlimit', ['--pid', String(owner), `--nofile=${soft}:`]);
  await limit(limitFor(owner, left));
  const client = writer.start(random, { operations });
  const said = [];
  for (const args of [['status'], ['fs', 'ls', 'w'], ['sync', 'push', 'w'], ['umount', 'w']]) {
    const { code, stderr } = await agent.agentfs(args, { mayFail: true });
    said.push(code);
    expect(
      code === 0 || /hint: /.test(stderr),
      () => `${args.join(' ')} ended with ${code} and said: ${stderr}`,
    );
    expect(
      mountEntry(agent.mountpoint) !== undefined || args[0] === 'umount',
      `${args.join(' ')} took the mount away`,
    );
    if (mountEntry(agent.mountpoint) === undefined) break;
  }
  const { stdout, hung } = await client.ended;
  expect(!hung, 'the writer hung');
  if (mountEntry(agent.mountpoint) !== undefined) {
    expect(/^done$/m.test(stdout), `the writer ended: ${stdout}`);
    await limit(1024);
    await worksAgain(agent);
    await agent.agentfs(['sync', 'push', 'w', '--force']);
    await agent.doctor();
  }
  await agent.unmount().catch(() => {});
  await agent.mount();
  await writer.verify({ orderly: true });
  await agent.doctor();
  return `${operations} operations; status, fs ls, sync push, umount ended with ${said.join(', ')}`;
}

/** Every number of descriptors from hardly any up: `mount` works, or fails and says something, and nothing stays. */
async function startedWithFew({ folder, progress, cleanup }, { numbers }) {
  const agent = new Agent(join(folder, 'agent'));
  cleanup(() => agent.remove());
  await agent.mount();
  await agent.unmount();
  const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
  let works = 0;
  for (const number of numbers) {
    progress(String(number));
    const script = `ulimit -n ${number}; exec "$0" "$1" mount w "$2"`;
    const { code, signal, stderr } = await run(
      'sh',
      ['-c', script, process.execPath, cli, agent.mountpoint],
      {
        env: { AGENTFS_HOME: agent.home, NODE_OPTIONS: '', NO_COLOR: '1' },
        mayFail: true,
      },
    );
    const mounted = mountEntry(agent.mountpoint) !== undefined;
    expect(
      mounted === (code === 0),
      `with ${number} descriptors mount ended with ${code}, and mounted is ${mounted}`,
    );
    expect(
      // With hardly any, Node itself gives up without a word.
      code === 0 || signal !== null || stderr.trim() !== '',
      `with ${number} descriptors mount ended with ${code} and said nothing`,
    );
    if (mounted) works += 1;
    if (mounted) await agent.agentfs(['stop', 'w', '--force'], {});
  }
  expect(works > 0, 'no number of descriptors was enough to mount');
  await agent.mount();
  await worksAgain(agent);
  await agent.doctor();
  return `${works} of ${numbers.length} numbers are enough to mount`;
}

export function cases({ long }) {
  const numbers = long ? [16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 52, 56, 60, 64, 80] : [26, 80];
  return [
    // With one, the owner hears a command and can open nothing for it; with none, commands wait until they give up.
    ...(long ? [0, 1, 2, 3, 5, 8, 16] : [1]).map((left) => ({
      title: `descriptors left: ${left}`,
      run: (context) => fewLeft(context, { left, operations: long ? 2000 : 200 }),
    })),
    { title: 'an owner is started with few', run: (context) => startedWithFew(context, { numbers }) },
  ];
}

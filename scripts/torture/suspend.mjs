/**
 * The owner is suspended by a signal while somebody works: whoever waits goes on when it does, commands say what is the matter
 * instead of waiting, and `umount --force` frees who waits, without losing what was acknowledged.
 */
import { join } from 'node:path';
import process from 'node:process';
import { Agent, endOwner } from './agent.mjs';
import { mountEntry, pause, run, until } from './children.mjs';
import { expect } from './problem.mjs';
import { Writer } from './workloads/writer.mjs';

async function working(folder, cleanup) {
  const agent = new Agent(join(folder, 'agent'));
  cleanup(() => agent.remove());
  const owner = await agent.mount();
  cleanup(async () => resume(owner));
  const writer = new Writer(agent);
  await writer.prepare();
  return { agent, owner, writer };
}

function resume(pid) {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has ended.
  }
}

async function comesAndGoes({ folder, random, cleanup }, times) {
  const { agent, owner, writer } = await working(folder, cleanup);
  const client = writer.start(random);
  await client.said(/ready/);
  for (let i = 0; i < times; i += 1) {
    await pause(random.between(5, 200));
    process.kill(owner, 'SIGSTOP');
    await pause(random.between(5, 700));
    process.kill(owner, 'SIGCONT');
  }
  await pause(200);
  expect(!client.isOver(), () => `the writer ended: ${client.output()}`);
  await endOwner(owner, 'SIGTERM');
  const { hung } = await client.ended;
  expect(!hung, 'the writer hung');
  await agent.mount();
  await writer.verify({ orderly: true });
  await agent.doctor();
  return `${writer.operations} operations, suspended ${times} times`;
}

/** Commands that say of every workspace what there is to say. */
const ONLY_TELLS = ['status', 'workspace list'];
const COMMANDS = ['stop w', 'fs ls w', 'mount w DIR', 'umount w', ...ONLY_TELLS];
const SAID = /is suspended.*kill -CONT/s;

async function whatCommandsSay({ folder, random, cleanup }, commands) {
  const { agent, owner, writer } = await working(folder, cleanup);
  const client = writer.start(random);
  await client.said(/ready/);
  process.kill(owner, 'SIGSTOP');
  for (const words of commands) {
    const args = words.split(' ').map((word) => (word === 'DIR' ? agent.mountpoint : word));
    const { code, stderr } = await agent.agentfs(args, { mayFail: true });
    const said = ONLY_TELLS.includes(words) ? code === 0 : code === 1 && SAID.test(stderr);
    expect(said, () => `${words} ended with ${code} and said: ${stderr}`);
  }
  const { stdout } = await agent.agentfs(['umount', 'w', '--force'], {});
  expect(/Unmounted .*does not answer/s.test(stdout), `umount --force said: ${stdout}`);
  expect(mountEntry(agent.mountpoint) === undefined, 'the mount is there after umount --force');
  await until('the end of the writer after umount --force', () => client.isOver(), 60_000);
  process.kill(owner, 'SIGCONT');
  await until('a command that works again', async () => {
    return (await agent.agentfs(['fs', 'ls', 'w'], { mayFail: true })).code === 0;
  });
  await agent.mount();
  await writer.verify({ orderly: true });
  await run('sh', ['-c', 'echo x > "$1/again"', 'sh', agent.mountpoint], { mountpoint: agent.mountpoint });
  await agent.doctor();
}

export function cases({ long }) {
  return [
    { title: 'who works meanwhile goes on with it', run: (context) => comesAndGoes(context, long ? 20 : 3) },
    {
      title: 'commands say so, and umount --force frees who waits',
      run: (context) => whatCommandsSay(context, long ? COMMANDS : ['stop w']),
    },
  ];
}

/**
 * The clock of one agent's machine steps, to and fro: commits and real-time sync go on, times of files are those of its clock, and
 * a later edit on a machine with a right clock wins over one that was made under a clock that is far ahead.
 */
import { join } from 'node:path';
import { startSqld } from '../bench/sqld.mjs';
import { Agent } from './agent.mjs';
import { run, until } from './children.mjs';
import { Faults } from './faults.mjs';
import { worksAgain } from './patience.mjs';
import { expect } from './problem.mjs';

const HOUR = 3600;
const STEPS = [HOUR, -HOUR, 24 * HOUR, -30 * 24 * HOUR, 10 * 365 * 24 * HOUR, 0];
/** Real-time sync takes a fraction of a second; a machine under torture more. */
const SYNC_LIMIT_MS = 120_000;

async function stepping({ folder, progress, cleanup }, { steps }) {
  const faults = await Faults.make(folder);
  const a = new Agent(join(folder, 'a'), { env: faults.env });
  const b = new Agent(join(folder, 'b'));
  cleanup(async () => {
    await a.remove();
    await b.remove();
    faults.close();
  });
  // A server has a clock of its own; that of a file would be the agent's.
  const { url, token } = await startSqld(join(folder, 'sqld'), { push: (_what, stop) => cleanup(stop) });
  const env = { AGENTFS_TOKEN: token };
  for (const agent of [a, b]) {
    await agent.mount();
    await agent.enableSync(url, { mode: 'real-time', env });
  }
  const sh = async (agent, script) => {
    const { mountpoint } = agent;
    return (await run('sh', ['-c', `cd "$1"; ${script}`, 'sh', mountpoint], { mountpoint })).stdout.trim();
  };
  const arrives = (agent, file, text) =>
    until(
      `${file} with ${text}`,
      async () => (await sh(agent, `cat ${file} 2> /dev/null || true`)) === text,
      SYNC_LIMIT_MS,
    );
  for (const [i, step] of steps.entries()) {
    progress(`${step} s`);
    const before = Number(await sh(a, 'echo x > before; stat -c %Y before'));
    faults.shiftClock(step);
    await worksAgain(a);
    await sh(a, `echo a${i} > to-b; sync to-b`);
    await arrives(b, 'to-b', `a${i}`);
    await sh(b, `echo b${i} > to-a`);
    await arrives(a, 'to-a', `b${i}`);
    const now = Math.floor(Date.now() / 1000) + step;
    const made = Number(await sh(a, 'stat -c %Y to-b'));
    expect(Math.abs(made - now) < 120, `a file made at ${now} says ${made}`);
    expect(Number(await sh(a, 'stat -c %Y before')) === before, 'an older file has another time');
    expect(Number(await sh(b, 'stat -c %Y to-b')) === made, 'the other agent has another time of the file');
  }
  // Both edit a file without knowing of each other; the one under the wrong clock first.
  await sh(a, 'echo first > both; sync both');
  await arrives(b, 'both', 'first');
  faults.shiftClock(24 * HOUR);
  for (const agent of [a, b]) await agent.agentfs(['sync', 'config', 'w', '--mode', 'manual']);
  await sh(a, 'echo earlier > both');
  await run('sleep', ['1.2']);
  await sh(b, 'echo later > both');
  await b.agentfs(['sync', 'push', 'w']);
  for (const agent of [a, b, a]) {
    await agent.agentfs(['sync', 'pull', 'w']);
    await agent.agentfs(['sync', 'push', 'w']);
  }
  const ends = [await sh(a, 'cat both'), await sh(b, 'cat both')];
  expect(
    ends.join() === 'later,later',
    `of an earlier edit under a clock ahead and a later one, ${ends} won`,
  );
  faults.shiftClock(0);
  await a.doctor();
  await b.doctor();
  return `${steps.length} steps`;
}

export function cases({ long }) {
  const steps = long ? STEPS : [24 * HOUR, -HOUR];
  return [{ title: 'it steps while two agents sync', run: (context) => stepping(context, { steps }) }];
}

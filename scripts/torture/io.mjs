/**
 * The database cannot be written, synced or read, at each point of the work in turn: EIO for the program that asks, nothing that
 * was acknowledged is lost, and the owner goes on when the disk does.
 */
import { join } from 'node:path';
import { Agent, endOwner } from './agent.mjs';
import { run } from './children.mjs';
import { Faults } from './faults.mjs';
import { sumOf, worksAgain, workThrough } from './patience.mjs';
import { expect } from './problem.mjs';
import { Writer } from './workloads/writer.mjs';

async function failing(folder, cleanup) {
  const faults = await Faults.make(folder);
  const agent = new Agent(join(folder, 'agent'), { env: faults.env });
  cleanup(async () => {
    faults.stop();
    await agent.remove();
    faults.close();
  });
  const owner = await agent.mount();
  const writer = new Writer(agent);
  await writer.prepare();
  return { faults, agent, writer, owner };
}

/** Steps through the points at which a call may fail; every third time the owner is killed, too. */
async function eachPoint({ folder, random, progress, cleanup }, { kinds, error, errors, steps }) {
  const { faults, agent, writer, owner: first } = await failing(folder, cleanup);
  let owner = first;
  const all = [];
  let failed = 0;
  for (let pass = 0; pass < steps; pass += 1) {
    progress(`${pass}/${steps}`);
    const left = random.pick([1, 2, 5, -1]);
    const failures = await workThrough({
      ...{ agent, writer, random, errors },
      breaks: () => faults.fail(kinds, { error, pass, left }),
      repairs: () => {
        failed += faults.stop();
      },
    });
    all.push(failures);
    if (pass % 3 === 2) {
      await endOwner(owner);
      owner = await agent.mount();
      await agent.doctor();
    }
  }
  await agent.doctor();
  await agent.unmount();
  await agent.mount();
  await writer.verify({ orderly: true });
  expect(failed > 0, 'no call of the owner has failed: nothing was tried');
  return `${steps} points, ${failed} calls failed, the writer got ${sumOf(all) || 'no error'}`;
}

async function unreadable({ folder, cleanup }) {
  const { faults, agent, owner } = await failing(folder, cleanup);
  const { mountpoint } = agent;
  const sh = (script) =>
    run('sh', ['-c', `cd "$1" && ${script}`, 'sh', mountpoint], { mountpoint, mayFail: true });
  await sh('mkdir d && for i in $(seq 40); do head -c 200000 /dev/zero > d/f$i; done; sync d/f1');
  await endOwner(owner);
  await agent.mount();
  faults.fail(['reads'], { error: 'EIO' });
  const { code, stderr } = await sh('cat d/* > /dev/null');
  faults.stop();
  expect(code !== 0 && /Input\/output error/.test(stderr), `cat of what cannot be read: ${code} ${stderr}`);
  const again = await sh('cat d/* | wc -c');
  expect(again.stdout.trim() === '8000000', `after it could be read again: ${again.stdout}${again.stderr}`);
  await worksAgain(agent);
  await agent.doctor();
}

export function cases({ long }) {
  const steps = long ? 45 : 3;
  const eio = { error: 'EIO', errors: ['EIO'] };
  const full = { error: 'ENOSPC', errors: ['ENOSPC', 'EIO'] };
  const at = (options) => (context) => eachPoint(context, { ...options, steps });
  return [
    { title: 'EIO at each write of the database', run: at({ kinds: ['writes'], ...eio }) },
    { title: 'EIO at each sync of the database', run: at({ kinds: ['syncs'], ...eio }) },
    { title: 'ENOSPC at each write of the database', run: at({ kinds: ['writes'], ...full }) },
    { title: 'what cannot be read is EIO, and can be read later', run: unreadable },
  ];
}

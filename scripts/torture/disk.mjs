/**
 * A disk that is full at one byte after the other: every call is done or says ENOSPC, nothing acknowledged is lost, and after room
 * is made the owner goes on.
 */
import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, endOwner } from './agent.mjs';
import { run, until } from './children.mjs';
import { sumOf, workThrough } from './patience.mjs';
import { Writer } from './workloads/writer.mjs';

const MIB = 1024 * 1024;
const ROOMY_BYTES = 256 * MIB;

async function stepping({ folder, random, progress, cleanup }, { steps, stepBytes }) {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${ROOMY_BYTES},mode=700`, 'agentfs-torture', home]);
  const agent = new Agent(folder, { home });
  cleanup(async () => {
    await agent.remove({ keep: true });
    await run('umount', ['-l', home], { mayFail: true });
  });
  const resize = (bytes) =>
    run('mount', ['-o', `remount,size=${Math.ceil(bytes / 4096) * 4096}`, home], { mayFail: true });
  let owner = await agent.mount();
  const writer = new Writer(agent);
  await writer.prepare();
  const all = [];
  for (let step = 0; step < steps; step += 1) {
    progress(`${step}/${steps}`);
    const failures = await workThrough({
      ...{ agent, writer, random, errors: ['ENOSPC'], operations: 80 },
      breaks: () =>
        // The owner writes meanwhile: what was enough a moment ago may be too little to be set.
        until('a small disk', async () => {
          const { blocks, bfree, bsize } = statfsSync(home);
          return (await resize((blocks - bfree) * bsize + step * stepBytes)).code === 0;
        }),
      repairs: async () => void (await resize(ROOMY_BYTES)),
    });
    all.push(failures);
    if (step % 5 === 4) {
      await endOwner(owner);
      owner = await agent.mount();
      await writer.verify();
      await agent.doctor();
    }
  }
  await agent.unmount();
  await agent.mount();
  await writer.verify({ orderly: true });
  await agent.doctor();
  return `${steps} sizes, the writer got ${sumOf(all) || 'no error'}`;
}

export function cases({ long }) {
  const steps = long ? 40 : 3;
  // Up to 8 MiB of room: 4 MiB are kept for the database's own growth.
  const stepBytes = Math.floor((8 * MIB) / steps);
  return [{ title: 'full at each size', run: (context) => stepping(context, { steps, stepBytes }) }];
}

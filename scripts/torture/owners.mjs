/**
 * Many processes want one workspace at once: they mount, unmount, write, sync and stop it, in any order. Each ends; what was written
 * by one that ended well is there; there is never more than one owner, or the database would not be sound.
 */
import { join } from 'node:path';
import { Agent } from './agent.mjs';
import { expect } from './problem.mjs';

async function racing({ folder, random, progress, cleanup }, { rounds, racers }) {
  const agent = new Agent(join(folder, 'agent'));
  cleanup(() => agent.remove());
  await agent.mount();
  await agent.enableSync(`file:${join(folder, 'remote.db')}`);
  const written = [];
  const ends = {};
  let number = 0;
  for (let round = 0; round < rounds; round += 1) {
    progress(`${round}/${rounds}`);
    await Promise.all(
      Array.from({ length: racers }, async () => {
        number += 1;
        const name = `/f${number}`;
        const args = random.pick([
          ['fs', 'write', 'w', name, `text ${name}`],
          ['fs', 'write', 'w', name, `text ${name}`],
          ['mount', 'w', agent.mountpoint],
          ['umount', 'w'],
          ['sync', 'push', 'w'],
          ['stop', 'w', '--force'],
          ['doctor', 'w'],
        ]);
        const { code, stderr } = await agent.agentfs(args, { mayFail: true });
        const what = `${args.slice(0, args[0] === 'fs' || args[0] === 'sync' ? 2 : 1).join(' ')} ${code}`;
        ends[what] = (ends[what] ?? 0) + 1;
        expect(
          code === 0 || /hint: /.test(stderr),
          () => `${args.join(' ')} ended with ${code} and said: ${stderr}`,
        );
        if (code === 0 && args[1] === 'write') written.push(name);
      }),
    );
  }
  await agent.doctor();
  const { stdout } = await agent.agentfs(['fs', 'ls', 'w']);
  const there = new Set(stdout.trimEnd().split('\n'));
  const lost = written.filter((name) => !there.has(name.slice(1)));
  expect(lost.length === 0, `written and not there: ${lost.join(' ')}`);
  return `${number} commands, ${written.length} files: ${Object.entries(ends)
    .map(([what, count]) => `${what} (${count} x)`)
    .join(', ')}`;
}

export function cases({ long }) {
  return [
    {
      title: 'commands of all sorts race for one workspace',
      run: (context) => racing(context, long ? { rounds: 20, racers: 5 } : { rounds: 2, racers: 4 }),
    },
  ];
}

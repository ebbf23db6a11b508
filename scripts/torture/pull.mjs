/**
 * Pulls beneath two processes that read, write, list and map the same tree: no deadlock, no half of a file, and after a pull has
 * returned nobody who opens a file sees what was before. Versions in the contents tell (`reader.py`).
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentFS } from '../../dist/sdk/typescript/index.js';
import { Agent } from './agent.mjs';
import { DEADLINE_MS, pause, run, start } from './children.mjs';
import { differenceOf } from './model.mjs';
import { expect } from './problem.mjs';

const READER = join(import.meta.dirname, 'reader.py');
/** As reader.py has them. */
const [FILES, WAYS, FOLDERS] = [2000, 8, 10];
const GOAL_A_SECOND = 1000;
/** A second under load is no second; this is a pull that has come to a halt. */
const ROUND_LIMIT_MS = 120_000;

const pathOf = (i) => `/d${i % FOLDERS}/f${i}`;
const contentOf = (i, version) => `${i} ${version}\n`.repeat(1 + ((7 * version + i) % 60));

async function beneath({ folder, progress, cleanup }, { seconds }) {
  const remote = `file:${join(folder, 'remote.db')}`;
  const agent = new Agent(join(folder, 'a'));
  cleanup(() => agent.remove());
  const source = await new AgentFS({ home: join(folder, 'b') }).workspace.create('w');
  cleanup(() => source.close());
  await source.sync.enable({ tursoDb: remote, mode: 'manual' });
  for (let d = 0; d < FOLDERS; d += 1) await source.mkdir(`/d${d}`);
  for (let i = 0; i < FILES; i += 1) await source.writeFile(pathOf(i), contentOf(i, 0));
  await source.sync.push();
  await agent.mount();
  const pulled = await new AgentFS({ home: agent.home }).workspace.get('w');
  cleanup(() => pulled.close());
  await pulled.sync.enable({ tursoDb: remote, mode: 'manual' });
  await pulled.sync.pull();

  const published = join(folder, 'published');
  const publish = (round) => {
    writeFileSync(`${published}.new`, String(round));
    renameSync(`${published}.new`, published);
  };
  publish(0);
  const readers = ['one', 'two'].map((name) =>
    start('python3', [READER, agent.mountpoint, published, name], {
      mountpoint: agent.mountpoint,
      input: 'open',
      timeoutMs: seconds * 1000 + 2 * DEADLINE_MS,
    }),
  );
  await Promise.all(readers.map((reader) => reader.said(/ready/)));
  const began = performance.now();
  let round = 0;
  let changes = 0;
  let longestMs = 0;
  while (performance.now() - began < seconds * 1000 && !readers.some((reader) => reader.isOver())) {
    round += 1;
    for (let i = round % WAYS; i < FILES; i += WAYS) await source.writeFile(pathOf(i), contentOf(i, round));
    await source.sync.push();
    const started = performance.now();
    await within(ROUND_LIMIT_MS, `pull ${round}`, pulled.sync.pull());
    publish(round);
    longestMs = Math.max(longestMs, performance.now() - started);
    changes += FILES / WAYS;
    const elapsedMs = performance.now() - began;
    progress(`${changes} changes in ${Math.round(elapsedMs / 1000)} s`);
    await pause(Math.max(0, (changes / GOAL_A_SECOND) * 1000 - elapsedMs));
  }
  const elapsed = (performance.now() - began) / 1000;
  for (const reader of readers) reader.endInput();
  const ends = await Promise.all(readers.map((reader) => reader.ended));
  for (const { hung, code, stdout, stderr } of ends) {
    expect(!hung, `a reader hung in round ${round}`);
    expect(code === 0, () => `in round ${round}: ${stdout}${stderr}`);
  }
  await agent.doctor();
  await sameTrees({ agent, source, pulled });
  const counts = ends.map(({ stdout }) => /^counts (.*)$/m.exec(stdout)?.[1]).join('; ');
  return `${Math.round(changes / elapsed)} changes/s for ${Math.round(elapsed)} s, longest pull ${Math.round(longestMs)} ms; ${counts}`;
}

/** What the readers wrote themselves reaches the other side, and nothing else differs. */
async function sameTrees({ agent, source, pulled }) {
  await pulled.sync.push();
  await source.sync.pull();
  const { mountpoint } = agent;
  const { stdout } = await run('find', [mountpoint, '-type', 'f', '-printf', '%P %s\\n'], { mountpoint });
  const here = stdout.trimEnd().split('\n').sort();
  const there = [];
  for (let d = 0; d < FOLDERS; d += 1) {
    for (const { name, stat } of await source.readdir(`/d${d}`, { stat: true }))
      there.push(`d${d}/${name} ${stat.size}`);
  }
  const [mine, theirs] = [here.join('\n'), there.sort().join('\n')];
  expect(mine === theirs, () => `the other side has another tree:\n${differenceOf(theirs, mine)}`);
}

async function within(limitMs, what, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end in ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function cases({ long, seconds = 60 }) {
  return [
    {
      title: 'two processes read, write, list and map what is pulled',
      run: (context) => beneath(context, { seconds: long ? seconds : 10 }),
    },
  ];
}

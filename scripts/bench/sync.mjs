/**
 * The sync rows: two agents with a home each, their workspaces mounted, and a real sqld between them.
 *
 * Pushes and pulls are asked for through the SDK, so that what is timed is what a program sees, without the start of a
 * command. The same bytes go as raw rows in the same round.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from './client.mjs';
import { measureRawRows } from './raw-rows.mjs';
import { startSqld } from './sqld.mjs';
import { CASES } from './sync-cases.mjs';
import { mountWorkspace } from './workspace.mjs';

const FILES = 10_000;

/** Returns what was measured of `wanted`: `{ push?, pull?, latency?, … }`, the rest as the cases say. */
export async function measureSync({ place, binary, wanted, options, say }, cleanup) {
  const server = await startSqld(join(place.ground, 'sqld'), cleanup);
  const client = new Client(binary);
  cleanup.push('end a client', () => client.end());
  const context = { place, server, client, say, cleanup };
  const results = {};
  if (wanted.includes('push') || wanted.includes('pull')) {
    Object.assign(results, await measureBulk(context, options.quick ? 2 : 3));
  }
  for (const [name, measure] of Object.entries(CASES)) {
    if (!wanted.includes(name)) continue;
    say(`sync: ${name}`);
    results[name] = await measure({ ...context, agent: (options) => agent(context, options) });
  }
  if (wanted.includes('latency')) results.latency = await measureLatency(context, options.quick ? 40 : 100);
  await client.end();
  return results;
}

/** Mounts workspace `name` for both agents; A has the files that `fill` makes before B looks. */
async function agent({ place, server, cleanup }, { who, name, mode }) {
  const home = join(place.ground, `home-${who}`);
  const mountpoint = join(place.scratch, `${name}-${who}`);
  const env = {};
  const mounted = await mountWorkspace({ home, name, mountpoint, env }, cleanup);
  return {
    ...mounted,
    enable: () => mounted.workspace.sync.enable({ tursoDb: server.url, token: server.token, mode }),
    sync: mounted.workspace.sync,
  };
}

async function measureBulk(context, rounds) {
  const { client, server, say } = context;
  const push = { ours: [], raw: [], reports: [] };
  const pull = { ours: [], raw: [], reports: [] };
  for (let round = 0; round < rounds; round++) {
    say(`push and pull of ${FILES} files, round ${round + 1} of ${rounds}`);
    const name = `bench-bulk-${round}`;
    const a = await agent(context, { who: 'a', name, mode: 'manual' });
    await client.run('create-1k', join(a.mountpoint, 'files'), { count: FILES, seed: round + 1 });
    const files = readFiles(join(a.mountpoint, 'files'));
    const b = await agent(context, { who: 'b', name, mode: 'manual' });
    await a.enable();
    await b.enable();
    const raw = await measureRawRows({ ...server, files, table: `raw_${round}` });
    push.raw.push(FILES / raw.push);
    pull.raw.push(FILES / raw.pull);
    push.reports.push(await timed(push.ours, () => a.sync.push()));
    pull.reports.push(await timed(pull.ours, () => b.sync.pull()));
    compare(files, readFiles(join(b.mountpoint, 'files')));
  }
  return { push, pull };
}

async function timed(rates, work) {
  const started = performance.now();
  const report = await work();
  rates.push((FILES / (performance.now() - started)) * 1000);
  return report;
}

function readFiles(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((directory) =>
      readdirSync(join(folder, directory))
        .sort()
        .map((file) => {
          const name = join(directory, file);
          return { name, bytes: readFileSync(join(folder, name)) };
        }),
    );
}

/** A pull that brought something else than was pushed is no measurement. */
function compare(sent, received) {
  const same =
    sent.length === received.length &&
    sent.every((file, i) => file.name === received[i].name && file.bytes.equals(received[i].bytes));
  if (!same) throw new Error('what was pulled is not what was pushed');
}

/** Milliseconds from a write on A's mount until B's mount shows it, an edit each. */
async function measureLatency(context, edits) {
  const { client, say } = context;
  say(`latency of ${edits} edits in real time`);
  const name = 'bench-latency';
  const a = await agent(context, { who: 'a', name, mode: 'real-time' });
  mkdirSync(join(a.mountpoint, 'notes'));
  writeFileSync(join(a.mountpoint, 'notes', 'shared.txt'), 'first\n');
  await a.enable();
  await a.sync.push();
  const b = await agent(context, { who: 'b', name, mode: 'real-time' });
  await b.enable();
  await b.sync.pull();
  const paths = [a, b].map(({ mountpoint }) => join(mountpoint, 'notes', 'shared.txt'));
  const milliseconds = [];
  for (let i = 0; i < edits; i++) {
    const { seconds } = await client.run('edit', paths.join('|'), { count: i });
    milliseconds.push(seconds * 1000);
    // Not in step with any timer of either side.
    await new Promise((resolve) => setTimeout(resolve, 20 + ((i * 37) % 60)));
  }
  return milliseconds;
}

/**
 * One run of the bench: makes the ground, measures, prints, and leaves nothing behind, whatever happens.
 */
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Cleanup } from './cleanup.mjs';
import { compileClient } from './client.mjs';
import { openColumns } from './columns.mjs';
import { makeGround } from './ground.mjs';
import { measureMillion } from './million.mjs';
import { renderMore, renderSyncCounts } from './more-table.mjs';
import { isRoot } from './process.mjs';
import { measureReady } from './ready.mjs';
import { runRounds } from './rounds.mjs';
import { plan, SDK_ROWS, SYNC_ROWS } from './rows.mjs';
import { measureSdks } from './sdk.mjs';
import { measureSync } from './sync.mjs';
import { renderCounts, renderCpu, renderRates } from './table.mjs';
import { runWorkloads } from './workload-rounds.mjs';
import { renderWorkloadRequests, renderWorkloads } from './workload-table.mjs';
import { WORKLOAD_NAMES } from './workloads.mjs';

const say = (line) => process.stderr.write(`bench: ${line}\n`);

/** Resolves with the exit code: 0, or 1 where something could not be measured at all. A goal that is missed is no failure. */
export async function runBench(options) {
  const cleanup = new Cleanup();
  cleanup.onSignals();
  try {
    await measure(options, cleanup);
    return 0;
  } catch (error) {
    say(error.stack ?? String(error));
    return 1;
  } finally {
    await cleanup.run();
  }
}

async function measure(options, cleanup) {
  const started = performance.now();
  const place = await makeGround(cleanup, options);
  if (!isRoot) say('not root: on a temporary directory instead of a fresh ext4, without the cold rows');
  const binary = await compileClient(join(place.scratch, 'build'));
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}`;
  const document = { machine, ground: place.kind, rounds: options.rounds };
  const planned = plan(options.only)
    .filter(({ row }) => isRoot || row.privileged !== true)
    .map(({ row, reported }) => ({ row: options.large ? enlarged(row) : row, reported }));
  const workloads = WORKLOAD_NAMES.filter((name) => options.only.includes(name));
  const { rounds, quick } = options;
  const columns =
    planned.length + workloads.length > 0 ? await openColumns(place, { say }, cleanup) : undefined;
  if (planned.length > 0) {
    const results = await runRounds({ columns, planned, rounds, quick, binary, say }, cleanup);
    const reported = planned.filter((entry) => entry.reported).map(({ row }) => row);
    if (!options.json) {
      print(
        `${machine}; ${place.kind}; medians of ${rounds} interleaved rounds; in brackets: ours / that one`,
        [
          ...renderRates({ reported, results, columns }),
          '',
          ...renderCpu({ reported, results, columns }),
          '',
          ...renderCounts({ reported, results }),
        ],
      );
    }
    document.rows = Object.fromEntries(results);
  }
  if (workloads.length > 0) {
    const done = await runWorkloads({ place, columns, wanted: workloads, rounds: quick ? 1 : rounds, say });
    if (!options.json) {
      print('developer workloads, seconds; in brackets: ours / that one', [
        ...renderWorkloads(done),
        '',
        ...renderWorkloadRequests(done),
      ]);
    }
    document.workloads = Object.fromEntries(done.rows);
  }
  const more = await measureMore({ place, binary, options }, cleanup);
  if (!options.json && Object.keys(more).length > 0) {
    print('mount; sync, against a real sqld on loopback; SDKs, over the socket of an owner', [
      ...renderMore(more),
      '',
      ...renderSyncCounts(more),
    ]);
  }
  document.more = more;
  document.seconds = (performance.now() - started) / 1000;
  if (options.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else say(`took ${document.seconds.toFixed(0)} s`);
}

async function measureMore({ place, binary, options }, cleanup) {
  const results = {};
  const attempt = async (what, work) => {
    try {
      Object.assign(results, await work());
    } catch (error) {
      say(`${what} could not be measured: ${error.message}`);
    }
  };
  const { only, quick } = options;
  if (only.includes('ready')) {
    const rounds = quick ? 3 : 5;
    await attempt('ready', async () => ({
      ready: await measureReady({ place, binary, rounds, say }, cleanup),
    }));
  }
  if (only.includes('million')) {
    await attempt('million', async () => ({
      million: await measureMillion({ place, binary, rounds: quick ? 1 : 3, say }, cleanup),
    }));
  }
  const wanted = SYNC_ROWS.filter((name) => only.includes(name));
  if (wanted.length > 0) {
    await attempt('sync', () => measureSync({ place, binary, wanted, options, say }, cleanup));
  }
  const sdks = SDK_ROWS.filter((name) => only.includes(name));
  if (sdks.length > 0) {
    await attempt('SDKs', () =>
      measureSdks({ place, wanted: sdks, rounds: options.rounds, quick, say }, cleanup),
    );
  }
  return results;
}

function print(title, lines) {
  process.stdout.write(`\n${title}\n\n${lines.join('\n')}\n`);
}

function enlarged(row) {
  return row.unit === 'MiB' ? { ...row, title: `${row.title} (1 GiB)`, counts: [1024, 1024] } : row;
}

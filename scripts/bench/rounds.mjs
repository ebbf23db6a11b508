/**
 * The rounds of the file system table: every row on every column in turn, again and again, so that a noisy moment meets all.
 *
 * A column whose client fails in a row is left out from there on; the counts of ours are taken around its rows, when all
 * that the row did is committed.
 */
import { Client } from './client.mjs';
import { difference } from './figures.mjs';
import { cpuSeconds, isRoot } from './process.mjs';

/**
 * Returns a Map from row name to `{ rates: {column: [per round]}, cpu: the same, counts }`: operations a second, and the
 * server's CPU time per operation in microseconds, preparation included.
 */
export async function runRounds({ columns, planned, rounds, quick, binary, say }, cleanup) {
  const results = new Map(planned.map(({ row }) => [row.name, { rates: {}, cpu: {}, counts: undefined }]));
  const running = columns.map((column) => {
    const client = new Client(binary);
    cleanup.push('end a client', () => client.end());
    return { column, client };
  });
  for (let round = 0; round < rounds; round++) {
    say(`file system rows, round ${round + 1} of ${rounds}`);
    // What the rounds before have left would cost passthrough_ll a descriptor for each inode.
    if (isRoot && round > 0 && running.length > 0) await running[0].client.run('forget', '/', { count: 1 });
    for (const { row } of planned) {
      for (const entry of rotated(running, round)) {
        const { name, ours, path, pid } = entry.column;
        const count = row.counts[quick ? 1 : 0];
        const result = results.get(row.name);
        try {
          const before = ours && (await settled(ours));
          const cpu = cpuSeconds(pid);
          const done = await entry.client.run(row.name, `${path}/round-${round}`, { count, seed: round + 1 });
          if (ours) result.counts = countsOf(before, await settled(ours), count);
          result.rates[name] ??= [];
          result.rates[name][round] = done.operations / done.seconds;
          if (cpu !== undefined) {
            result.cpu[name] ??= [];
            result.cpu[name][round] = ((cpuSeconds(pid) - cpu) / done.operations) * 1e6;
          }
        } catch (error) {
          say(`${entry.column.title} is left out from the row ${row.name} on: ${error.message}`);
          running.splice(running.indexOf(entry), 1);
          await entry.client.end();
        }
      }
    }
  }
  for (const { client } of running) await client.end();
  return results;
}

/** The list from another start each round, so that nobody always follows the same. */
function rotated(list, by) {
  return list.map((_, i) => list[(i + by) % list.length]);
}

async function settled(ours) {
  await ours.flush();
  return await ours.statistics();
}

/** Per operation of the row, preparation included. */
function countsOf(before, after, count) {
  const requests = difference(before.requests, after.requests);
  return {
    requests: Object.fromEntries(Object.entries(requests).map(([name, n]) => [name, n / count])),
    rows: (after.store.rowsWritten - before.store.rowsWritten) / count,
    commits: (after.store.commits - before.store.commits) / count,
  };
}

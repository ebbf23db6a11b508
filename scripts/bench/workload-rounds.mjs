/**
 * Runs the workloads: every row on every column in turn, round after round; a column that fails in a row is left out
 * from there on. Each script is a child with a deadline.
 */
import { join } from 'node:path';
import { difference } from './figures.mjs';
import { makeMaterials } from './materials.mjs';
import { command } from './process.mjs';
import { planWorkloads } from './workloads.mjs';

const COLUMNS = ['ours', 'ext4', 'passthrough-ext4'];
const ROW_TIMEOUT_MS = 120_000;

/**
 * Returns `{ columns, rows }`: rows a Map from name to `{ row, reported, seconds: {column: [per round]}, requests }`,
 * `requests` what ours was asked in the last round, by opcode.
 */
export async function runWorkloads({ place, columns, wanted, rounds, say }) {
  const planned = planWorkloads(wanted);
  const material = join(place.tmpfs, 'materials');
  say('making the material of the workloads');
  await makeMaterials(
    material,
    planned.map(({ row }) => row.name),
  );
  const taken = columns.filter(({ name }) => COLUMNS.includes(name));
  const running = [...taken];
  const rows = new Map(planned.map((entry) => [entry.row.name, { ...entry, seconds: {}, requests: {} }]));
  for (let round = 0; round < rounds; round++) {
    say(`workloads, round ${round + 1} of ${rounds}`);
    const folder = `work-${round}`;
    for (const { path } of running) await command('mkdir', ['-p', join(path, folder)]);
    for (const { row } of planned) {
      const result = rows.get(row.name);
      for (const column of running.map((_, i) => running[(i + round) % running.length])) {
        const before = column.ours && (await column.ours.statistics()).requests;
        try {
          const run = (script) => shell({ script, folder: join(column.path, folder), material });
          // What an earlier row wrote is written out in none's time.
          await command('sync', []);
          const started = performance.now();
          await run(row.script);
          result.seconds[column.name] ??= [];
          result.seconds[column.name][round] = (performance.now() - started) / 1000;
          if (before) result.requests = difference(before, (await column.ours.statistics()).requests);
          if (row.after !== undefined) await run(row.after);
        } catch (error) {
          say(`${column.title} is left out from ${row.name} on: ${error.message}`);
          running.splice(running.indexOf(column), 1);
        }
      }
    }
    for (const { path } of running) await command('rm', ['-rf', join(path, folder)]);
  }
  return { columns: taken, rows };
}

/** The child goes into the directory by itself: spawn would wait for it to. */
function shell({ script, folder, material }) {
  return command('sh', ['-c', `set -e; cd "$1"; ${script}`, 'sh', folder], {
    cwd: '/',
    env: { M: material, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    timeoutMs: ROW_TIMEOUT_MS,
  });
}

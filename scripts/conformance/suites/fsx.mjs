/**
 * fsx, the file system exerciser: random reads, writes, mappings, truncations, holes and copies of a file, compared with
 * what should be in it after each, while the file is synced to a real server and another agent's changes come in.
 *
 * Three seeds at once, a file each. Afterwards another agent has the same files.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSqld } from '../../bench/sqld.mjs';
import { Agent } from '../agent.mjs';
import { bringCrate } from '../crates.mjs';
import { quote } from '../shell.mjs';
import { assertSame } from '../trial.mjs';

const SEEDS = [1, 2, 3];
const OPERATIONS = 1_000_000;
const QUICK_OPERATIONS = 20_000;
const LIMIT_MS = 6 * 3_600_000;
const SYNC_LIMIT_MS = 120_000;

/**
 * fsx 0.3 keeps every mapping that it reads through: the kernel has a limit for those of a process (vm.max_map_count, 65 530),
 * and walks them all at each truncation, so that a million operations with more of them took hours.
 */
const MAPPINGS = 20_000;
const MAPREAD_WEIGHT = 10;
const OTHER_WEIGHTS = {
  close_open: 1,
  read: 10,
  write: 10,
  mapwrite: 10,
  invalidate: 1,
  truncate: 3,
  fsync: 0.1,
  fdatasync: 0.1,
  posix_fallocate: 2,
  punch_hole: 5,
  sendfile: 3,
  posix_fadvise: 2,
  copy_file_range: 5,
};

/**
 * No operation of 0 bytes: posix_fallocate(3) refuses it with EINVAL on every file system, and fsx ends there.
 *
 * Without an msync after each write to a mapping, a million of which would measure the disk: fsync is there of itself.
 */
function configurationFor(operations) {
  const others = Object.values(OTHER_WEIGHTS).reduce((sum, weight) => sum + weight, 0);
  const share = Math.min(0.5, MAPPINGS / operations);
  const mapread = Math.min(MAPREAD_WEIGHT, (others * share) / (1 - share));
  const weights = Object.entries({ ...OTHER_WEIGHTS, mapread: mapread.toFixed(3) });
  return `flen = 262144
nomsyncafterwrite = true
[opsize]
min = 1
max = 65536
[weights]
${weights.map(([operation, weight]) => `${operation} = ${weight}`).join('\n')}
`;
}

/** The modes of fallocate(2) that move or share what is there; a program takes EOPNOTSUPP as "do without". */
const REFUSED = `
seq 1 5000 > f; sum=$(sha256sum < f)
for mode in --collapse-range --insert-range; do
  if fallocate $mode --offset 4096 --length 4096 f 2> said; then echo "$mode was carried out"; exit 1; fi
  grep -q 'not supported' said || { cat said; exit 1; }
  [ "$sum" = "$(sha256sum < f)" ] || { echo "$mode changed the file"; exit 1; }
done
fallocate --punch-hole --offset 4096 --length 8192 f
[ "$(dd if=f bs=4096 skip=1 count=2 status=none | tr -d '\\0' | wc -c)" = 0 ] && [ "$(stat -c %s f)" = 23893 ]
`;

export const fsx = {
  name: 'fsx',
  title: 'fsx, a million operations of each of three seeds, while the files are synced',
  needs: ['cargo', 'fallocate'],
  async check(trial) {
    const program = await bringCrate('fsx', (line) => trial.say(line));
    await trial.case('fallocate refuses to collapse and insert, and punches holes', () => trial.sh(REFUSED));
    const server = await startSqld(join(trial.plain, 'sqld'), trial.cleanup);
    const other = await Agent.create(trial.cleanup);
    const remote = ['--turso-db', server.url, '--token', server.token];
    await trial.agent.sync('enable', ...remote, '--mode', 'real-time');
    // It would ask for every state on its way; the last of some seconds is enough.
    await other.sync('enable', ...remote, '--mode', 'periodic', '--interval', '5');
    await other.mount();
    const stop = keepWriting(other, trial);
    try {
      await exercise(trial, program);
    } finally {
      await stop();
    }
    await trial.case('the other agent has the same files afterwards', () => compareAgents(trial, other));
  },
};

async function exercise(trial, program) {
  const operations = trial.operations ?? (trial.quick ? QUICK_OPERATIONS : OPERATIONS);
  const configuration = join(trial.plain, 'fsx.toml');
  writeFileSync(configuration, configurationFor(operations));
  const started = performance.now();
  const clock = setInterval(() => {
    trial.say(`fsx has run for ${((performance.now() - started) / 60_000).toFixed(0)} minutes`);
  }, 60_000);
  try {
    const ended = SEEDS.map(async (seed) => {
      const words = [
        program,
        '-f',
        configuration,
        '-N',
        operations,
        '-S',
        seed,
        '-P',
        trial.plain,
        `seed-${seed}`,
      ];
      await trial.case(`${operations} operations of seed ${seed}`, () =>
        trial.sh(words.map(quote).join(' '), { timeoutMs: LIMIT_MS }),
      );
    });
    const failed = (await Promise.allSettled(ended)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } finally {
    clearInterval(clock);
  }
}

/** The other agent writes small files beside, so that pulls happen beneath. Returns how to end it. */
function keepWriting(other, trial) {
  let going = true;
  const loop = (async () => {
    for (let n = 0; going; n++) {
      await trial.onOther(other, `echo ${n} > beside-${n % 20}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  // It is looked at when it is stopped.
  loop.catch(() => {});
  return async () => {
    going = false;
    await loop;
  };
}

async function compareAgents(trial, other) {
  const { syncOperations } = await trial.agent.sync('metrics');
  if (!(syncOperations >= 3)) throw new Error(`only ${syncOperations} syncs went on beneath`);
  trial.notes.push(`fsx: ${syncOperations} syncs went on beneath it`);
  await other.sync('push', '--timeout', String(SYNC_LIMIT_MS / 1000));
  await trial.agent.sync('pull', '--timeout', String(SYNC_LIMIT_MS / 1000));
  await trial.agent.sync('push', '--timeout', String(SYNC_LIMIT_MS / 1000));
  await other.sync('pull', '--timeout', String(SYNC_LIMIT_MS / 1000));
  const digest = 'find . -type f | LC_ALL=C sort | xargs sha256sum';
  assertSame(await trial.onOther(other, digest), await trial.sh(digest), 'the tree of the other agent');
}

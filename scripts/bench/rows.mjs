/**
 * The rows of the file system table: what the client does, how often, and the figures to reach.
 *
 * Rows run in this order, since some work on what others left: `needs` names those. `rate` is what a row's figure
 * counts. Goals are ratios of ours to a column: of rates, or with `of: 'cpu'` of the server's CPU time per operation.
 */

import { WORKLOAD_NAMES } from './workloads.mjs';

/** `counts` are [default, quick]. */
export const ROWS = [
  {
    name: 'lookup',
    title: 'failed lookup, cold',
    counts: [20_000, 8000],
    goals: [
      { against: 'passthrough-tmpfs', atLeast: 1.6 },
      { against: 'fuse-native', atLeast: 2.5 },
    ],
  },
  {
    name: 'create',
    title: 'create + write 4 KiB + close',
    counts: [5000, 2000],
    goals: [
      { against: 'passthrough-tmpfs', atLeast: 1.3 },
      { against: 'passthrough-tmpfs', of: 'cpu', atMost: 2 },
    ],
  },
  {
    name: 'stat',
    title: 'stat, warm',
    counts: [5000, 2000],
    needs: ['create'],
    goals: [{ against: 'ext4', atLeast: 0.8 }],
  },
  {
    name: 'open-read',
    title: 'open + read 4 KiB + close, warm',
    counts: [5000, 2000],
    needs: ['create'],
    goals: [
      { against: 'ext4', atLeast: 0.8 },
      { against: 'passthrough-tmpfs', atLeast: 8 },
    ],
  },
  {
    name: 'rename',
    title: 'rename',
    counts: [5000, 2000],
    needs: ['create'],
    goals: [{ against: 'passthrough-tmpfs', atLeast: 1.3 }],
  },
  {
    name: 'unlink',
    title: 'unlink',
    counts: [5000, 2000],
    needs: ['create'],
    goals: [{ against: 'passthrough-tmpfs', atLeast: 1.2 }],
  },
  {
    name: 'mkdir',
    title: 'mkdir',
    counts: [3000, 1500],
    goals: [{ against: 'passthrough-tmpfs', atLeast: 1.3 }],
  },
  {
    name: 'rmdir',
    title: 'rmdir',
    counts: [3000, 1500],
    needs: ['mkdir'],
    goals: [{ against: 'passthrough-tmpfs', atLeast: 1.2 }],
  },
  { name: 'create-large', title: 'create 4 KiB in one directory of 10 000', counts: [10_000, 10_000] },
  {
    name: 'list-cold',
    title: 'readdir + stat of 10 000, dentries dropped',
    counts: [10_000, 10_000],
    needs: ['create-large'],
    privileged: true,
    goals: [{ against: 'passthrough-tmpfs', atLeast: 1.5 }],
  },
  {
    name: 'list-again',
    title: 'readdir + stat of 10 000, again',
    counts: [10_000, 10_000],
    needs: ['create-large'],
    goals: [{ against: 'ext4', atLeast: 0.7 }],
  },
  {
    name: 'unlink-large',
    title: 'unlink in one directory of 10 000',
    counts: [10_000, 10_000],
    needs: ['create-large'],
  },
  ...parallelRows(),
  {
    name: 'write',
    title: 'sequential write',
    counts: [256, 256],
    unit: 'MiB',
    goals: [{ against: 'passthrough-ext4', atLeast: 1 }],
  },
  { name: 'write-fsync', title: 'sequential write + fsync', counts: [256, 256], unit: 'MiB' },
  {
    name: 'read-cold',
    title: 'sequential read, pages dropped',
    counts: [256, 256],
    unit: 'MiB',
    needs: ['write-fsync'],
    privileged: true,
    goals: [{ against: 'passthrough-ext4', atLeast: 0.8 }],
  },
  {
    name: 'read-cached',
    title: 'sequential read, cached',
    counts: [256, 256],
    unit: 'MiB',
    needs: ['write-fsync'],
    goals: [{ against: 'ext4', atLeast: 0.9 }],
  },
  {
    name: 'read-random',
    title: 'random 4 KiB reads, pages dropped',
    counts: [2000, 1000],
    needs: ['write-fsync'],
    privileged: true,
    goals: [{ against: 'passthrough-ext4', atLeast: 1 }],
  },
];

/** Four processes at once, each in a directory of its own; `counts` are of all together. */
function parallelRows() {
  const goals = [{ against: 'passthrough-tmpfs', atLeast: 1.3 }];
  const row = (name, title, needs) => ({ name, title, counts: [4000, 2000], needs, goals });
  return [
    row('parallel-create', 'create + write 4 KiB, 4 processes', []),
    row('parallel-stat', 'stat, warm, 4 processes', ['parallel-create']),
    row('parallel-open-read', 'open + read 4 KiB, warm, 4 processes', ['parallel-create']),
    row('parallel-unlink', 'unlink, 4 processes', ['parallel-create']),
  ];
}

/** Rows of the second part, each a measurement of its own, and those of them that need a server. */
export const SYNC_ROWS = [
  'push',
  'pull',
  'edit-byte',
  'insert-byte',
  'push-rename',
  'dedupe',
  'idle',
  'pull-latency',
  'latency',
];
/** One a language, each with all figures of it. */
export const SDK_ROWS = ['sdk-python', 'sdk-rust', 'sdk-typescript'];
export const MORE_ROWS = ['ready', 'million', ...SYNC_ROWS, ...SDK_ROWS];

export const ROW_NAMES = [...ROWS.map(({ name }) => name), ...WORKLOAD_NAMES, ...MORE_ROWS];

/** The rows to run for the wanted ones, in order, each with whether its figure is wanted. */
export function plan(wanted) {
  const needed = new Set(wanted);
  for (const row of [...ROWS].reverse()) {
    if (needed.has(row.name)) for (const name of row.needs ?? []) needed.add(name);
  }
  return ROWS.filter(({ name }) => needed.has(name)).map((row) => ({
    row,
    reported: wanted.includes(row.name),
  }));
}

/** Goals of the second part; each says which figure it is about. */
export const MORE_GOALS = {
  ready: [{ text: '<= 400 ms', atMost: 400 }],
  million: [
    { text: 'ready <= 300 ms', of: 'ready', atMost: 300 },
    { text: 'found <= 600 MiB', of: 'found', atMost: 600 },
    { text: 'forgotten <= 250 MiB', of: 'forgotten', atMost: 250 },
  ],
  push: [
    { text: '>= 0.6 x raw rows', of: 'ratio', atLeast: 0.6 },
    { text: '>= 12 000 files/s', of: 'rate', atLeast: 12_000 },
  ],
  pull: [
    { text: '>= 0.4 x raw rows', of: 'ratio', atLeast: 0.4 },
    { text: '>= 12 000 files/s', of: 'rate', atLeast: 12_000 },
  ],
  'edit-byte': [
    { text: '<= 300 ms', of: 'ms', atMost: 300 },
    { text: '<= 1 MiB', of: 'bytes', atMost: 1024 * 1024 },
  ],
  'insert-byte': [
    { text: '<= 300 ms', of: 'ms', atMost: 300 },
    { text: '<= 1 MiB', of: 'bytes', atMost: 1024 * 1024 },
  ],
  'push-rename': [
    { text: '<= 10 rows', of: 'rowsWritten', atMost: 10 },
    { text: '<= 3 round trips', of: 'roundTrips', atMost: 3 },
  ],
  dedupe: [{ text: '0 chunks', of: 'chunks', atMost: 0 }],
  idle: [
    { text: '<= 10 ms', of: 'cpu', atMost: 10 },
    { text: '1 round trip', of: 'roundTrips', atMost: 1 },
  ],
  'pull-latency': [{ text: '<= 3 x idle', of: 'ratio', atMost: 3 }],
  latency: [
    { text: 'p50 <= 40 ms', of: 'p50', atMost: 40 },
    { text: 'p99 <= 150 ms', of: 'p99', atMost: 150 },
  ],
  'sdk-python': sdkGoals(250),
  'sdk-rust': sdkGoals(120),
};

function sdkGoals(roundTrip) {
  return [
    { text: `<= ${roundTrip} us`, of: 'roundTrip', atMost: roundTrip },
    { text: 'write >= 300 MB/s', of: 'write', atLeast: 300 },
    { text: 'read >= 300 MB/s', of: 'read', atLeast: 300 },
    { text: 'connect <= 100 ms', of: 'connect', atMost: 100 },
  ];
}

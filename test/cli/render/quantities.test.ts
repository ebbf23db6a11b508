import t from 'tap';
import { rfc3339 } from '#src/base/index.js';
import { formatBytes, formatCount, formatDuration, plural } from '#src/cli/render/quantities.js';

t.test('bytes take binary units with one decimal below ten', async (t) => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [10 * 1024, '10 KiB'],
    [1024 * 1024 - 1, '1.0 MiB'],
    [64 * 1024 * 1024, '64 MiB'],
    [5 * 1024 ** 3, '5.0 GiB'],
    [2 * 1024 ** 5, '2.0 PiB'],
    [4000 * 1024 ** 5, '4000 PiB'],
  ];
  for (const [bytes, text] of cases) t.equal(formatBytes(bytes), text);
});

t.test('durations take their two largest units and never show 60 of a smaller one', async (t) => {
  const cases: [number, string][] = [
    [0, '0 ms'],
    [12.4, '12 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [1500, '1.5 s'],
    [59_940, '60 s'],
    [59_960, '1 min'],
    [125_000, '2 min 5 s'],
    [3_599_900, '1 h'],
    [10_920_000, '3 h 2 min'],
    [349_200_000, '4 d 1 h'],
  ];
  for (const [ms, text] of cases) t.equal(formatDuration(ms), text);
});

t.test('times are RFC 3339 in UTC to the second', async (t) => {
  t.equal(rfc3339('2024-01-15T10:30:00.123Z'), '2024-01-15T10:30:00Z');
  t.equal(rfc3339(0), '1970-01-01T00:00:00Z');
});

t.test('counts group their thousands, and one is not plural', async (t) => {
  t.equal(formatCount(1234), '1,234');
  t.equal(formatCount(0), '0');
  t.equal(formatCount(999), '999');
  t.equal(formatCount(1_234_567), '1,234,567');
  t.equal(formatCount(-1234), '-1,234');
  t.equal(plural(1, 'file'), '1 file');
  t.equal(plural(0, 'file'), '0 files');
  t.equal(plural(2, 'directory', 'directories'), '2 directories');
});

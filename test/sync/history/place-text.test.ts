/**
 * How places in the past are written.
 */
import t from 'tap';
import { parsePlace, parseTime, parseVersion } from '#src/sync/history/place-text.js';

const NOW = Date.parse('2024-01-15T10:30:00Z');

t.test('a time is RFC 3339 with any zone, a date, or so long ago', (t) => {
  for (const [text, iso] of [
    ['2024-01-15T10:30:00Z', '2024-01-15T10:30:00.000Z'],
    ['2024-01-15t10:30:00z', '2024-01-15T10:30:00.000Z'],
    ['2024-01-15 10:30:00.5+05:30', '2024-01-15T05:00:00.500Z'],
    ['2024-01-15T10:30:00.123456789-08:00', '2024-01-15T18:30:00.123Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2h ago', '2024-01-15T08:30:00.000Z'],
    ['90 minutes ago', '2024-01-15T09:00:00.000Z'],
    ['1.5 d ago', '2024-01-13T22:30:00.000Z'],
    ['2 weeks ago', '2024-01-01T10:30:00.000Z'],
    ['10s ago', '2024-01-15T10:29:50.000Z'],
  ] as const)
    t.equal(new Date(parseTime(text, NOW)).toISOString(), iso, text);
  for (const text of [
    '',
    'now',
    '2024',
    '2024-13-01',
    '2023-02-29',
    '2024-01-15T24:01:00Z',
    '2024-01-15T10:30:00',
    '2024-01-15T10:30:00+25:00',
    '-2h ago',
    '2h',
    '2 fortnights ago',
  ])
    t.throws(() => parseTime(text, NOW), { code: 'INVALID_ARGUMENT' }, text);
  t.end();
});

t.test('a revision, a checkpoint, a time and a version that lost cannot be taken for each other', (t) => {
  t.same(parsePlace('17', NOW), { kind: 'revision', revision: 17 });
  t.same(parsePlace('v1.2_rc-3', NOW), { kind: 'checkpoint', name: 'v1.2_rc-3' });
  t.same(parsePlace('2h ago', NOW), { kind: 'time', atMs: NOW - 7_200_000 });
  t.same(parsePlace('lost-0123456789ab', NOW), { kind: 'lost', id: '0123456789ab' });
  t.same(parseVersion('checkpoint-v1'), { kind: 'checkpoint', name: 'checkpoint-v1' });
  for (const text of ['', '1x', 'a b', 'a/b', 'lost-xyz', 'x'.repeat(64)])
    t.throws(() => parseVersion(text), { code: 'INVALID_ARGUMENT' }, text);
  t.end();
});

/**
 * The short form of what `npm run torture` does to a mount besides killing its owner. Every client has a deadline: one that
 * hangs fails.
 */
import t from 'tap';
import { LIMIT_MS, runCases, SKIP } from './parts.js';

// Of the whole file, which has another limit than its tests.
t.setTimeout(LIMIT_MS);

const options = { skip: SKIP, timeout: LIMIT_MS };

t.test(
  'the database fails under the owner',
  options,
  async (t) => await runCases(t, 'io', /EIO at each write|read/),
);
t.test('the disk is full at some sizes', options, async (t) => await runCases(t, 'disk', /./));
t.test(
  'the owner has hardly any file descriptor left',
  options,
  async (t) => await runCases(t, 'descriptors', /left/),
);
t.test('the owner is suspended', options, async (t) => await runCases(t, 'suspend', /./));
t.test('commands race for one workspace', options, async (t) => await runCases(t, 'owners', /./));

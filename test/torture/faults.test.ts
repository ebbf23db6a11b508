/**
 * The short form of what `npm run torture` does to a mount besides killing its owner. Every client has a deadline: one that
 * hangs fails.
 */
import t from 'tap';
import { runCases, SKIP } from './parts.js';

const options = { skip: SKIP, timeout: 120_000 };

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

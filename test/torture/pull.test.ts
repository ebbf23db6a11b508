/**
 * Ten seconds of the load that `npm run torture` keeps up for sixty: pulls beneath two processes on the mount.
 */
import t from 'tap';
import { runCases, SKIP } from './parts.js';

t.test(
  'whoever reads, writes, lists and maps what is pulled sees whole files, and none older than the last pull',
  { skip: SKIP, timeout: 120_000 },
  async (t) => await runCases(t, 'pull', /./),
);

/**
 * Ten seconds of the load that `npm run torture` keeps up for sixty: pulls beneath two processes on the mount.
 */
import t from 'tap';
import { LIMIT_MS, runCases, SKIP } from './parts.js';

// Of the whole file, which has another limit than its tests.
t.setTimeout(LIMIT_MS);

t.test(
  'whoever reads, writes, lists and maps what is pulled sees whole files, and none older than the last pull',
  { skip: SKIP, timeout: LIMIT_MS },
  async (t) => await runCases(t, 'pull', /./),
);

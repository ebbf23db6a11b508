/**
 * A few rounds of what `npm run torture` does two hundred times: the owner dies in the middle of work; the next mount comes by
 * itself, what was fsynced is there in one piece, the check finds nothing, and another agent pulls the same tree.
 */
import t from 'tap';
import { LIMIT_MS, SKIP, startKilling } from './parts.js';

// Of the whole file, which has another limit than its tests.
t.setTimeout(LIMIT_MS);

t.test(
  'an owner that dies beneath a recording writer, SQLite and git loses nothing',
  { skip: SKIP, timeout: LIMIT_MS },
  async (t) => {
    const killing = await startKilling(t, ['writer', 'sqlite', 'git']);
    for (let round = 0; round < 3; round += 1) t.pass(await killing.round());
    await killing.compare();
  },
);

/**
 * A few rounds of what `npm run torture` does two hundred times: the owner dies in the middle of work; the next mount comes by
 * itself, what was fsynced is there in one piece, the check finds nothing, and another agent pulls the same tree.
 */
import t from 'tap';
import { SKIP, startKilling } from './parts.js';

t.test(
  'an owner that dies beneath a recording writer, SQLite and git loses nothing',
  { skip: SKIP, timeout: 120_000 },
  async (t) => {
    const killing = await startKilling(t, ['writer', 'sqlite', 'git']);
    for (let round = 0; round < 3; round += 1) t.pass(await killing.round());
    await killing.compare();
  },
);

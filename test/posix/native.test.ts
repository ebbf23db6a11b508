/**
 * The suite on a mount by the native driver that other users may enter: every case.
 */
import t from 'tap';
import { NATIVE } from './gaps.js';
import { cannotRun, LIMIT_MS, mountForSuite, testSuite } from './grounds.js';

const root = process.getuid?.() === 0;

t.test(
  'a mount by the native driver, for other users too',
  { skip: cannotRun() || (!root && 'needs root: another user may not mount for others'), timeout: LIMIT_MS },
  async (t) => {
    const { dir, logged } = await mountForSuite(t, { allowOther: true });
    await testSuite(t, { directory: dir, gaps: NATIVE });
    t.same(logged, []);
  },
);

/**
 * The suite on a private mount by the native driver, which is what people have: root's is without permission checks in
 * the kernel, and so takes other ways through it.
 */
import t from 'tap';
import { CASES } from './cases/index.js';
import { NATIVE } from './gaps.js';
import { cannotRun, LIMIT_MS, mountForSuite, testSuite } from './grounds.js';

t.test('a private mount by the native driver', { skip: cannotRun(), timeout: LIMIT_MS }, async (t) => {
  const { dir, logged } = await mountForSuite(t, {});
  const cases = CASES.filter(({ needs }) => needs?.includes('users') !== true);
  await testSuite(t, { directory: dir, gaps: NATIVE, cases });
  t.same(logged, []);
});

/**
 * The suite on a mount by the fuse-native driver: what it declares as its gaps fails, and nothing else.
 */
import { createRequire } from 'node:module';
import t from 'tap';
import { FUSE_NATIVE } from './gaps.js';
import { cannotRun, LIMIT_MS, mountForSuite, testSuite } from './grounds.js';

const root = process.getuid?.() === 0;

/** Why fuse-native cannot be used, or false: the optional package, or its libfuse 2, is not here. */
function missing(): string | false {
  try {
    createRequire(import.meta.url)('fuse-native');
    return false;
  } catch (error) {
    return `fuse-native cannot be loaded: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}

t.test(
  'a mount by the fuse-native driver, but for its gaps',
  { skip: cannotRun() || missing(), timeout: LIMIT_MS },
  async (t) => {
    const { dir } = await mountForSuite(t, { driver: 'fuse-native', allowOther: root });
    await testSuite(t, { directory: dir, gaps: FUSE_NATIVE });
  },
);

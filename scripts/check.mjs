#!/usr/bin/env node
/**
 * `npm run check`: what must hold before a commit, in under a minute: format and lint (biome), types of src and test,
 * and every test that needs neither a mount nor a server, the import table among them.
 *
 * Which tests those are is told by their folder: UNIT lists the folders (and files) that only need this process or
 * a child of it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT, setupOrExit } from './setup.mjs';
import { findTestFiles } from './testing/files.mjs';

const UNIT = [
  'test/base/',
  'test/cli/',
  'test/fuse/protocol/',
  'test/project/',
  'test/rpc/',
  'test/store/',
  'test/sync/core/',
  'test/sync/transfer/',
  'test/vfs/',
  'test/workspace/',
];

await setupOrExit({ system: false });
run('format and lint (npm run format repairs what can be repaired)', [
  'node_modules/@biomejs/biome/bin/biome',
  'check',
  '.',
]);
// The builds are the type checks: an error in either ends it here.
await setupOrExit({ test: true, system: false });
run('description of the protocol', ['scripts/protocol.mjs', '--check']);
const { runTests } = await import('./testing/run.mjs');
process.exit(await runTests(ROOT, findTestFiles(ROOT, UNIT)));

function run(name, [script, ...args]) {
  const { status } = spawnSync(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status === 0) return;
  console.error(`check: ${name} failed`);
  process.exit(1);
}

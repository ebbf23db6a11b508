#!/usr/bin/env node
/**
 * `npm test`: brings what is missing, runs every test under build/test, and ends with the line
 * `N passed, N failed` (`, N skipped` may follow); exit code 1 where anything failed.
 *
 *     npm test                       everything
 *     npm test -- test/sync cli      files whose path contains one of these
 *
 * A test is a `t.test` block without blocks of its own; bare assertions of a file count as one. A file that crashes,
 * hangs or runs no test is a failed test.
 */
import process from 'node:process';
import { ROOT, setupOrExit } from './setup.mjs';
import { findTestFiles } from './testing/files.mjs';

const filters = process.argv.slice(2);
await setupOrExit({ test: true });
const files = findTestFiles(ROOT, filters);
if (files.length === 0) {
  console.error(filters.length === 0 ? 'there is no test' : `no test file matches ${filters.join(' ')}`);
  console.log('0 passed, 0 failed');
  process.exit(1);
}
// Only now: what it imports comes with the set-up.
const { runTests } = await import('./testing/run.mjs');
process.exit(await runTests(ROOT, files));

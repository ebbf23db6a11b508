/**
 * The compiled test files, and which of them a set of filters means.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * Paths relative to `root`, sorted. A filter matches where the path of the source (`test/sync/engine.test.ts`) or of
 * the built file contains it; no filter means all.
 */
export function findTestFiles(root, filters = []) {
  const folder = join(root, 'build', 'test');
  if (!existsSync(folder)) return [];
  const wanted = filters.map((filter) => filter.replace(/^\.\//, '').replace(/\.ts$/, '.js'));
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.js'))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((path) => wanted.length === 0 || wanted.some((filter) => path.includes(filter)))
    .sort();
}

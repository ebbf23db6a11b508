/**
 * One TypeScript project to its output folder, skipped while its sources are what they were.
 *
 * What they were stands in `<output>/.sources` as one hash over names and contents, written only after a build without
 * errors. Outputs whose source is gone are removed first, so that no stale module is run or tested.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { run, SetupError, step, tail } from './report.mjs';

/**
 * `dependsOn` is an output folder whose build this one sees (the tests see the types of dist): when that one was
 * built anew, so is this.
 */
export async function ensureTypeScriptBuild({ root, name, project, sources, output, dependsOn }) {
  const stamp = join(root, output, '.sources');
  const hash = hashOfSources({ root, project, sources, dependsOn });
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  await step(`compiling ${sources}/ to ${output}/`, async () => {
    removeStaleOutputs(join(root, sources), join(root, output));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { code, output: text } = await run(process.execPath, [tsc, '-p', project], { cwd: root });
    if (code !== 0) throw new SetupError(`the ${name} failed:\n${tail(text, 60)}`);
  });
  const entry = join(root, output, 'cli', 'main.js');
  if (existsSync(entry)) chmodSync(entry, 0o755);
  writeFileSync(stamp, hash);
}

function hashOfSources({ root, project, sources, dependsOn }) {
  const hash = createHash('sha256');
  const files = ['tsconfig.json', project, 'package-lock.json', ...filesUnder(root, sources, ['.ts'])];
  if (dependsOn !== undefined) files.push(join(dependsOn, '.sources'));
  for (const file of files) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Files under `folder` with one of the endings, relative to `root`, sorted. */
function filesUnder(root, folder, endings) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

function removeStaleOutputs(sources, output) {
  if (!existsSync(output)) return;
  for (const file of filesUnder(output, '.', ['.js', '.js.map', '.d.ts'])) {
    const source = join(sources, `${file.replace(/(\.js|\.js\.map|\.d\.ts)$/, '')}.ts`);
    if (!existsSync(source)) rmSync(join(output, file));
  }
}

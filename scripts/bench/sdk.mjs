/**
 * The rows of the SDKs: a program in each language (sdk/) asks a background owner of a workspace that is mounted nowhere.
 *
 * A figure is the program's own, without the start of its process. What a language needs and is not here is told.
 */
import { join } from 'node:path';
import process from 'node:process';
import { command, onPath } from './process.mjs';
import { SDK_ROWS } from './rows.mjs';
import { agentfs, openWorkspace } from './workspace.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const MIB = 64;
/** From nothing, crates are fetched and built. */
const BUILD_TIMEOUT_MS = 600_000;

const LANGUAGES = {
  'sdk-python': async () => {
    if (!onPath('python3')) throw new Error('there is no python3');
    const env = { PYTHONPATH: join(ROOT, 'src', 'sdk', 'python') };
    return { file: 'python3', args: [join(import.meta.dirname, 'sdk', 'client.py')], env };
  },
  'sdk-rust': async () => {
    if (!onPath('cargo')) throw new Error('there is no cargo');
    const target = join(ROOT, 'build', 'rust');
    await command('cargo', ['build', '--quiet', '--release', '--locked', '--example', 'bench'], {
      cwd: join(ROOT, 'src', 'sdk', 'rust'),
      env: { CARGO_HOME: join(ROOT, 'build', 'cargo'), CARGO_TARGET_DIR: target },
      timeoutMs: BUILD_TIMEOUT_MS,
    });
    return { file: join(target, 'release', 'examples', 'bench'), args: [] };
  },
  'sdk-typescript': async () => ({
    file: process.execPath,
    args: [join(import.meta.dirname, 'sdk', 'client.mjs')],
  }),
};

/** Returns `{ 'sdk-python'?: { connect, roundTrip, write, read }, … }`, lists of each round's ms, us and MB/s. */
export async function measureSdks({ place, wanted, rounds, quick, say }, cleanup) {
  const home = join(place.ground, 'home-sdk');
  const name = 'bench-sdk';
  const programs = {};
  for (const row of SDK_ROWS.filter((row) => wanted.includes(row))) {
    try {
      programs[row] = await LANGUAGES[row]();
    } catch (error) {
      say(`no row ${row}: ${error.message}`);
    }
  }
  await agentfs(home, ['workspace', 'create', name]);
  const workspace = await openWorkspace(home, name);
  cleanup.push('stop the owner for SDKs', () => agentfs(home, ['stop', name, '--force']).catch(() => {}));
  // Open until the end: an owner that nobody needs would leave.
  cleanup.push('disconnect from it', () => workspace.close());
  await workspace.startOwner();
  const results = {};
  for (let round = 0; round < rounds; round++) {
    for (const [row, { file, args, env }] of Object.entries(programs)) {
      say(`${row}, round ${round + 1} of ${rounds}`);
      const counts = [String(quick ? 1000 : 4000), String(MIB)];
      const figures = JSON.parse(await command(file, [...args, home, name, ...counts], { env, cwd: '/' }));
      results[row] ??= { connect: [], roundTrip: [], write: [], read: [] };
      for (const [figure, list] of Object.entries(results[row])) list.push(figures[figure]);
    }
  }
  return results;
}

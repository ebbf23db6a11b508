/**
 * The row `ready`: from the start of `agentfs mount` until the first stat inside answers, with 100 000 files there.
 *
 * The workspace is made through the vfs directly, since making the files is not what is measured.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from './client.mjs';
import { unmount } from './process.mjs';
import { agentfs, commandLine } from './workspace.mjs';

const DIRECTORIES = 100;
const FILES_EACH = 1000;
const NAME = 'bench-ready';

/** Returns `{ answers, returns }`: milliseconds of each round until the stat answered, and until the command returned. */
export async function measureReady({ place, binary, rounds, say }, cleanup) {
  const home = join(place.ground, 'home-ready');
  const mountpoint = join(place.scratch, 'ready');
  mkdirSync(mountpoint);
  say(`making a workspace of ${DIRECTORIES * FILES_EACH} files`);
  const { database } = await agentfs(home, ['workspace', 'create', NAME]);
  await fillWorkspace(database);
  const client = new Client(binary);
  cleanup.push('end a client', () => client.end());
  cleanup.push(`unmount ${mountpoint}`, () => unmount(mountpoint));
  const file = join(mountpoint, 'd050', 'f00500');
  const [answers, returns] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const [program, args] = commandLine(home, ['mount', NAME, mountpoint, '--no-sync', '-q']);
    const started = performance.now();
    const child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve({ code, ms: performance.now() - started }));
    });
    await client.run('await', file, { count: 30 });
    answers.push(performance.now() - started);
    returns.push((await ended).ms);
    await agentfs(home, ['umount', mountpoint]);
    await agentfs(home, ['stop', NAME]).catch(() => {});
  }
  await client.end();
  return { answers, returns };
}

async function fillWorkspace(database) {
  const { openVfs } = await import('../../dist/vfs/index.js');
  const vfs = openVfs(database, { create: true });
  const owner = { uid: process.getuid(), gid: process.getgid(), rdev: 0 };
  const content = Buffer.from('content of a file\n');
  for (let d = 0; d < DIRECTORIES; d++) {
    const directory = vfs.create(vfs.inode(1), `d${String(d).padStart(3, '0')}`, {
      ...owner,
      mode: 0o040755,
    });
    for (let f = 0; f < FILES_EACH; f++) {
      const name = `f${String(f).padStart(5, '0')}`;
      vfs.write(vfs.create(directory, name, { ...owner, mode: 0o100644 }), 0, content);
    }
    vfs.flush();
  }
  await vfs.close();
}

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

const FILES = { directories: 100, filesEach: 1000 };

/** Returns `{ answers, returns }`: milliseconds of each round until the stat answered, and until the command returned. */
export async function measureReady({ place, binary, rounds, say }, cleanup) {
  const { client, ...workspace } = await makeFilled(
    { place, binary, say, row: 'ready', files: FILES },
    cleanup,
  );
  const [answers, returns] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const { answered, returned } = await readyOnce({ ...workspace, client }, cleanup);
    answers.push(answered);
    returns.push(returned);
  }
  await client.end();
  return { answers, returns };
}

/** Mounts once and unmounts: milliseconds until a stat inside answered, and until the command returned. */
export async function readyOnce({ home, name, mountpoint, client }, cleanup) {
  cleanup.push(`unmount ${mountpoint}`, () => unmount(mountpoint));
  const [program, args] = commandLine(home, ['mount', name, mountpoint, '--no-sync', '-q']);
  const started = performance.now();
  const child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve(performance.now() - started));
  });
  await client.run('await', join(mountpoint, 'd050', 'f00500'), { count: 30 });
  const answered = performance.now() - started;
  const returned = await ended;
  await agentfs(home, ['umount', mountpoint]);
  await agentfs(home, ['stop', name]).catch(() => {});
  return { answered, returned };
}

/** A workspace with so many files and a client, for one row: `{ home, name, mountpoint, client }`. Not mounted yet. */
export async function makeFilled({ place, binary, say, row, files }, cleanup) {
  const home = join(place.ground, `home-${row}`);
  const mountpoint = join(place.scratch, row);
  const name = `bench-${row}`;
  mkdirSync(mountpoint);
  say(`making a workspace of ${files.directories * files.filesEach} files`);
  const { database } = await agentfs(home, ['workspace', 'create', name]);
  await fillWorkspace(database, files);
  const client = new Client(binary);
  cleanup.push('end a client', () => client.end());
  return { home, name, mountpoint, client };
}

/** Makes files `dNNN/fNNNNN` through the vfs. */
async function fillWorkspace(database, { directories, filesEach }) {
  const { openVfs } = await import('../../dist/vfs/index.js');
  const vfs = openVfs(database, { create: true });
  const owner = { uid: process.getuid(), gid: process.getgid(), rdev: 0 };
  const content = Buffer.from('content of a file\n');
  for (let d = 0; d < directories; d++) {
    const directory = vfs.create(vfs.inode(1), `d${String(d).padStart(3, '0')}`, {
      ...owner,
      mode: 0o040755,
    });
    for (let f = 0; f < filesEach; f++) {
      const name = `f${String(f).padStart(5, '0')}`;
      vfs.write(vfs.create(directory, name, { ...owner, mode: 0o100644 }), 0, content);
    }
    vfs.flush();
  }
  await vfs.close();
}

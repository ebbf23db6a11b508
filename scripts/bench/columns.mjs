/**
 * The columns of the file system table: what is mounted beside ours, and where.
 *
 * A column that cannot be had is left out with a line that says why; ours and the plain directory are always there.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { compilePassthrough, mountBindfs, mountGocryptfs, mountPassthrough, mountRclone } from './peers.mjs';
import { onPath } from './process.mjs';
import { mountWorkspace } from './workspace.mjs';

/** Returns `[{ name, title, path, pid?, ours? }]`, ours first, `pid` of the server; `place` is what makeGround gave. */
export async function openColumns(place, { say, env }, cleanup) {
  const { scratch, ground, tmpfs } = place;
  const home = join(ground, 'home');
  const ours = await mountWorkspace(
    { home, name: 'bench', mountpoint: join(scratch, 'ours'), args: ['--no-sync'], env },
    cleanup,
  );
  const plain = join(ground, 'plain');
  mkdirSync(plain);
  const columns = [
    { name: 'ours', title: 'ours', path: ours.mountpoint, pid: ours.pid, ours },
    { name: 'ext4', title: place.kind.includes('ext4') ? 'ext4' : 'directory', path: plain },
  ];
  const add = async (name, title, open) => {
    try {
      columns.push({ name, title, ...(await open()) });
    } catch (error) {
      say(`no column ${title}: ${error.message}`);
    }
  };
  let binary;
  const passthrough = async (source, mountpoint) => {
    binary ??= await compilePassthrough(join(scratch, 'passthrough'));
    return await mountPassthrough({ binary, source, mountpoint }, cleanup);
  };
  await add('passthrough-tmpfs', 'pt_ll/tmpfs', () =>
    passthrough(join(tmpfs, 'source'), join(scratch, 'passthrough-tmpfs')),
  );
  await add('passthrough-ext4', 'pt_ll/ext4', () =>
    passthrough(join(ground, 'passthrough'), join(scratch, 'passthrough-ext4')),
  );
  await add('fuse-native', 'fuse-native', async () => {
    const args = ['--no-sync', '--driver', 'fuse-native'];
    const mountpoint = join(scratch, 'fuse-native');
    const { pid } = await mountWorkspace({ home, name: 'bench-fuse-native', mountpoint, args }, cleanup);
    return { path: mountpoint, pid };
  });
  for (const [name, mount] of [
    ['bindfs', mountBindfs],
    ['gocryptfs', mountGocryptfs],
    ['rclone', mountRclone],
  ]) {
    if (!onPath(name)) continue;
    await add(name, name, () =>
      mount({ source: join(ground, name), mountpoint: join(scratch, name) }, cleanup),
    );
  }
  return columns;
}

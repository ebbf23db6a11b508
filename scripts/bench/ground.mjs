/**
 * The ground that everything stands on: a fresh journaled ext4 in a loop image, so that the plain directory and the
 * workspace database meet the same disk, and what a machine's own root file system is like does not count.
 *
 * Needs root. Without it, a temporary directory takes its place, and the table says so.
 */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, isRoot, unmount } from './process.mjs';

const GIB = 1024 ** 3;

/**
 * `large`: rows of large files leave room for those of every column at once. The image is sparse, so its size costs nothing.
 *
 * Returns `{ scratch, ground, kind, tmpfs }`: a folder for mountpoints, the ground, what it is, and a memory file
 * system.
 */
export async function makeGround(cleanup, { large = false } = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'agentfs-bench-'));
  cleanup.push(`remove ${scratch}`, () => rmSync(scratch, { recursive: true, force: true }));
  const ground = join(scratch, 'ground');
  const tmpfs = join(scratch, 'tmpfs');
  mkdirSync(ground);
  mkdirSync(tmpfs);
  if (!isRoot) {
    const memory = mkdtempSync('/dev/shm/agentfs-bench-');
    cleanup.push(`remove ${memory}`, () => rmSync(memory, { recursive: true, force: true }));
    return { scratch, ground, kind: 'a temporary directory (a loop ext4 needs root)', tmpfs: memory };
  }
  const image = join(scratch, 'ground.img');
  writeFileSync(image, '');
  truncateSync(image, (large ? 32 : 8) * GIB);
  await command('mkfs.ext4', [
    '-q',
    '-F',
    '-E',
    'lazy_itable_init=0,lazy_journal_init=0,nodiscard',
    '-N',
    '500000',
    image,
  ]);
  await command('mount', ['-o', 'loop', image, ground]);
  cleanup.push(`unmount ${ground}`, () => unmount(ground));
  await command('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'agentfs-bench', tmpfs]);
  cleanup.push(`unmount ${tmpfs}`, () => unmount(tmpfs));
  return { scratch, ground, kind: 'a journaled loop ext4', tmpfs };
}

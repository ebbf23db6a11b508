/**
 * A child process that works on a workspace until it is killed. Each round makes, changes, moves and removes files in
 * a way that the round's number foretells; after some rounds it syncs, and only then says so on stdout.
 *
 *     node workload.js <database> <seed>
 */
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { openVfs, RENAME_EXCHANGE, type Vfs } from '#src/vfs/index.js';

const OWNER = { uid: 0, gid: 0 };
/** Rounds whose files stay; those of older rounds are removed. */
export const KEPT_ROUNDS = 40;

/** The content of a round's file. */
export function contentOf(round: number): Buffer {
  return Buffer.alloc((round * 7919) % 200_000, `round ${round}\n`);
}

function makeRound(vfs: Vfs, round: number): void {
  const root = vfs.inode(1);
  const dir = vfs.create(root, `dir-${round}`, { ...OWNER, mode: 0o040755 });
  const file = vfs.create(dir, 'written.tmp', { ...OWNER, mode: 0o100644 });
  const bytes = contentOf(round);
  for (let at = 0; at < bytes.length; at += 30_000) vfs.write(file, at, bytes.subarray(at, at + 30_000));
  vfs.rename(dir, 'written.tmp', { directory: dir, name: 'written', flags: 0 });
  vfs.link(file, root, `link-${round}`);
  const scratch = vfs.create(dir, 'scratch', { ...OWNER, mode: 0o100644 });
  vfs.write(scratch, 0, Buffer.from('gone soon'));
  vfs.rememberNode(scratch);
  vfs.unlink(dir, 'scratch');
  const inner = vfs.create(dir, 'inner', { ...OWNER, mode: 0o040755 });
  vfs.create(inner, 'symlink', { ...OWNER, mode: 0o120777, target: `../${round}` });
  vfs.rename(dir, 'inner', { directory: root, name: `moved-${round}`, flags: 0 });
  vfs.setxattr(file, 'user.round', { data: Buffer.from(String(round)), flags: 0 });
  if (round > 1) {
    vfs.rename(root, `moved-${round}`, {
      directory: root,
      name: `moved-${round - 1}`,
      flags: RENAME_EXCHANGE,
    });
  }
  if (round > KEPT_ROUNDS) removeRound(vfs, round - KEPT_ROUNDS);
}

function removeRound(vfs: Vfs, round: number): void {
  const root = vfs.inode(1);
  const dir = vfs.lookup(root, `dir-${round}`)!;
  vfs.unlink(dir, 'written');
  vfs.rmdir(root, `dir-${round}`);
  vfs.unlink(root, `link-${round}`);
  const moved = vfs.lookup(root, `moved-${round}`)!;
  vfs.unlink(moved, 'symlink');
  vfs.rmdir(root, `moved-${round}`);
}

async function work(path: string, seed: number): Promise<never> {
  const vfs = openVfs(path, { create: true, cacheSizeBytes: 1 });
  const names: string[] = [];
  vfs.readdir(vfs.inode(1), 0, ({ name }) => names.push(name) > 0);
  let round = Math.max(0, ...names.map((name) => (name.startsWith('dir-') ? Number(name.slice(4)) : 0)));
  for (;;) {
    round += 1;
    makeRound(vfs, round);
    if ((round * 31 + seed) % 5 === 0) {
      await vfs.sync();
      writeSync(1, `${round}\n`);
    } else if (round % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await work(process.argv[2]!, Number(process.argv[3]));
}

/**
 * A full disk, on a small tmpfs of our own: the writer gets ENOSPC, the database stays good, and work goes on when there
 * is room again. Needs root for mount(2).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Attributes, openVfs, type Vfs } from '#src/vfs/index.js';
import { codeOf, OWNER } from './scratch-workspace.js';

const MEGABYTE = Buffer.alloc(1024 * 1024, 0x5a);

function mountSmallDisk(megabytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder], { timeout: 10_000 });
  rmSync(folder, { recursive: true });
}

const probe = mountSmallDisk(1);
if (probe !== undefined) unmount(probe);
const skip = probe === undefined ? 'mounting a tmpfs needs root' : false;
const titleEnd = skip === false ? '' : ` (skipped: ${skip})`;

function smallDisk(t: Test): string {
  const folder = mountSmallDisk(24)!;
  t.teardown(() => unmount(folder));
  return folder;
}

function create(vfs: Vfs, name: string): Attributes {
  return vfs.create(vfs.inode(1), name, { ...OWNER, mode: 0o100644 });
}

/** Writes 1 MiB after another until it is refused. Returns how many went in, and the refusal. */
function fill(vfs: Vfs, file: Attributes): { written: number; code: string } {
  for (let written = 0; written < 200; written += 1) {
    const code = codeOf(() => vfs.write(file, written * MEGABYTE.length, MEGABYTE));
    if (code !== 'none') return { written, code };
  }
  return { written: 200, code: 'none' };
}

t.test(
  `a full disk is ENOSPC to the writer, and what was acknowledged is all there${titleEnd}`,
  { skip },
  async (t) => {
    const disk = smallDisk(t);
    const path = join(disk, 'workspace.db');
    const errors: unknown[] = [];
    let vfs = openVfs(path, { create: true, onError: (error) => errors.push(error) });
    const file = create(vfs, 'large');
    const { written, code } = fill(vfs, file);
    t.equal(code, 'ENOSPC');
    t.ok(written >= 6, `${written} MiB of 24 went in`);
    t.equal(file.size, written * MEGABYTE.length, 'the refused write changed nothing');
    await vfs.sync();
    t.strictSame(errors, [], 'no commit failed behind the writer');
    await vfs.close();
    vfs = openVfs(path);
    t.strictSame(vfs.check(), []);
    const found = vfs.lookup(vfs.inode(1), 'large')!;
    t.equal(found.size, written * MEGABYTE.length);
    const bytes = Buffer.alloc(found.size);
    vfs.read(found, 0, bytes);
    t.ok(bytes.every((byte) => byte === 0x5a));
    await vfs.close();
  },
);

t.test(`deleting makes room again, many times over${titleEnd}`, { skip }, async (t) => {
  const disk = smallDisk(t);
  const vfs = openVfs(join(disk, 'workspace.db'), { create: true });
  const counts: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const { written, code } = fill(vfs, create(vfs, `round-${round}`));
    t.equal(code, 'ENOSPC');
    counts.push(written);
    vfs.unlink(vfs.inode(1), `round-${round}`);
  }
  t.comment(`MiB written in each round: ${counts.join(' ')}`);
  t.ok(Math.min(...counts) >= 6, 'every round had about as much room as the first');
  create(vfs, 'small');
  await vfs.sync();
  t.strictSame(vfs.check(), []);
  await vfs.close();
});

t.test(
  `small files fill the disk and say so; removing them all in one go lets others in${titleEnd}`,
  { skip },
  async (t) => {
    const disk = smallDisk(t);
    const vfs = openVfs(join(disk, 'workspace.db'), { create: true });
    let made = 0;
    let code = 'none';
    while (code === 'none' && made < 20_000) {
      code = codeOf(() => vfs.write(create(vfs, `file-${made}`), 0, MEGABYTE.subarray(0, 4096)));
      if (code === 'none') made += 1;
      if (made % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    t.equal(code, 'ENOSPC');
    t.ok(made > 1000, `${made} files`);
    for (let i = 0; i < made; i += 1) vfs.unlink(vfs.inode(1), `file-${i}`);
    for (let i = 0; i < 200; i += 1) vfs.write(create(vfs, `again-${i}`), 0, MEGABYTE.subarray(0, 4096));
    await vfs.sync();
    t.strictSame(vfs.check(), []);
    await vfs.close();
  },
);

t.test(
  `a disk that somebody else fills refuses writers, keeps what was acknowledged, and takes it all when it grows${titleEnd}`,
  { skip },
  async (t) => {
    const disk = smallDisk(t);
    const path = join(disk, 'workspace.db');
    const vfs = openVfs(path, { create: true });
    const kept = create(vfs, 'kept');
    vfs.write(kept, 0, MEGABYTE);
    await vfs.sync();
    const pending = create(vfs, 'acknowledged');
    vfs.write(pending, 0, MEGABYTE);
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize - 8192));
    await t.rejects(vfs.sync(), { code: 'ENOSPC' });
    t.equal(
      codeOf(() => vfs.write(kept, MEGABYTE.length, MEGABYTE)),
      'ENOSPC',
    );
    t.equal(
      codeOf(() => create(vfs, 'more')),
      'ENOSPC',
    );
    t.equal(pending.size, MEGABYTE.length);
    execFileSync('mount', ['-o', 'remount,size=64m', disk]);
    create(vfs, 'more');
    await vfs.sync();
    await vfs.close();
    const again = openVfs(path);
    t.strictSame(again.check(), []);
    t.equal(again.lookup(again.inode(1), 'acknowledged')?.size, MEGABYTE.length);
    t.ok(again.lookup(again.inode(1), 'more'));
    await again.close();
  },
);

t.test(`opening a new workspace on a full disk is ENOSPC and leaves no file${titleEnd}`, { skip }, (t) => {
  const disk = smallDisk(t);
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(24 * 1024 * 1024 - 12_288));
  t.throws(() => openVfs(join(disk, 'workspace.db'), { create: true }), { code: 'ENOSPC' });
  t.strictSame(execFileSync('ls', [disk], { encoding: 'utf8' }), 'ballast\n');
  t.end();
});

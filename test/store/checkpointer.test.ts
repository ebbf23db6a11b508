import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CHECKPOINT_BYTES } from '#src/store/database.js';
import { openVfs, type Vfs } from '#src/vfs/index.js';

const MIB = 1024 * 1024;
const DEADLINE_MS = 15_000;

function scratch(t: Test): { vfs: Vfs; path: string } {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-checkpointer-'));
  const path = join(base, 'workspace.db');
  const vfs = openVfs(path, { create: true });
  t.teardown(async () => {
    await vfs.close();
    rmSync(base, { recursive: true, force: true });
  });
  return { vfs, path };
}

/** Writes MiBs whose first bytes tell which they are, and commits each. */
function writeMany(vfs: Vfs, count: number, check?: () => void): number {
  const file = vfs.create(vfs.inode(1), `file${count}`, { mode: 0o100644, uid: 0, gid: 0 });
  const block = Buffer.alloc(MIB, 7);
  for (let i = 0; i < count; i += 1) {
    block.writeUInt32LE(i, 0);
    vfs.write(file, i * MIB, block);
    vfs.flush();
    check?.();
  }
  return file.ino;
}

async function eventually(holds: () => boolean): Promise<boolean> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!holds() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  return holds();
}

t.test('a long WAL goes into the database while the writer goes on', async (t) => {
  const { vfs, path } = scratch(t);
  const before = statSync(path).size;
  const count = Math.ceil((CHECKPOINT_BYTES / MIB) * 1.2);
  const ino = writeMany(vfs, count);
  t.ok(await eventually(() => statSync(path).size > before + CHECKPOINT_BYTES / 2), 'the database has grown');
  const bytes = Buffer.alloc(4);
  for (let i = 0; i < count; i += 1) {
    vfs.read(vfs.inode(ino), i * MIB, bytes);
    if (bytes.readUInt32LE() !== i) t.fail(`MiB ${i} has other bytes`);
  }
  t.same(vfs.integrityCheck(), []);
});

t.test('when all of it is there the WAL begins anew, and is cut', async (t) => {
  const { vfs, path } = scratch(t);
  const wal = () => statSync(`${path}-wal`).size;
  writeMany(vfs, Math.ceil((CHECKPOINT_BYTES / MIB) * 1.1));
  t.ok(wal() >= CHECKPOINT_BYTES);
  const small = vfs.create(vfs.inode(1), 'small', { mode: 0o100644, uid: 0, gid: 0 });
  const cut = await eventually(() => {
    vfs.write(small, 0, Buffer.from('more'));
    vfs.flush();
    return wal() < CHECKPOINT_BYTES;
  });
  t.ok(cut, `the WAL has ${wal()} bytes`);
});

t.test('a workspace is closed in the middle of a checkpoint, and nothing of it is missing', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-checkpointer-'));
  t.teardown(() => rmSync(base, { recursive: true, force: true }));
  const path = join(base, 'workspace.db');
  const vfs = openVfs(path, { create: true });
  const count = Math.ceil((CHECKPOINT_BYTES / MIB) * 1.1);
  const ino = writeMany(vfs, count);
  await vfs.close();
  t.throws(() => statSync(`${path}-wal`), { code: 'ENOENT' }, 'no other connection is left');
  const again = openVfs(path);
  t.equal(again.inode(ino).size, count * MIB);
  t.same(again.integrityCheck(), []);
  await again.close();
});

t.test('a thread that cannot be started for want of descriptors is started later', async (t) => {
  const { vfs, path } = scratch(t);
  writeMany(vfs, 1);
  await vfs.sync();
  const module = (name: string) => new URL(`../../../dist/${name}`, import.meta.url).href;
  const script = `import { closeSync, openSync, statSync } from 'node:fs';
    import { Checkpointer } from '${module('store/checkpointer.js')}';
    const checkpointer = new Checkpointer('${path}');
    const size = () => statSync('${path}').size;
    const before = size();
    const held = [];
    try {
      for (;;) held.push(openSync('/dev/null'));
    } catch {}
    checkpointer.committed(${CHECKPOINT_BYTES});
    const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
    await pause();
    for (const descriptor of held) closeSync(descriptor);
    const deadline = performance.now() + ${DEADLINE_MS};
    for (let bytes = ${CHECKPOINT_BYTES}; size() === before && performance.now() < deadline; await pause()) {
      bytes *= 2;
      checkpointer.committed(bytes);
    }
    console.log(size() > before ? 'moved' : 'left');
    await checkpointer.close();`;
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, script],
    // Under tap it loads hooks that write into the checkout.
    { env: { ...process.env, NODE_OPTIONS: '' }, encoding: 'utf8' },
  );
  t.same({ stdout, stderr }, { stdout: 'moved\n', stderr: '' });
});

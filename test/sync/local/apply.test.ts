/**
 * What the applier refuses: whatever somebody here did since the round began is for the next round to decide.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { NodeVersion } from '#src/sync/core/index.js';
import { Applier } from '#src/sync/local/apply.js';
import { openVfs, S_IFDIR, S_IFREG } from '#src/vfs/index.js';

const VERSION: NodeVersion = {
  kind: 'file',
  mode: 0o600,
  uid: 0,
  gid: 0,
  rdev: 0,
  size: 0,
  mtimeSec: 1,
  mtimeNsec: 0,
  hash: '',
  xattrs: '',
  revision: 2,
  agent: 'other',
  editedAtMs: 1,
};

t.test('a file that somebody here has just removed is not made anew for a new version of it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-apply-'));
  const vfs = openVfs(join(folder, 'workspace.db'), { create: true });
  t.teardown(async () => {
    await vfs.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const root = vfs.inode(1);
  const { ino } = vfs.create(root, 'x', { mode: S_IFREG | 0o644, uid: 0, gid: 0 });
  const applier = new Applier(vfs, 1, { trustPrivileges: false });
  applier.begin();
  vfs.unlink(root, 'x');
  const refused = await applier.apply([
    {
      type: 'node',
      node: { id: 'a'.repeat(32), ino },
      version: VERSION,
      content: { kind: 'bytes', bytes: new Uint8Array(0) },
      places: [{ parentIno: 1, name: 'x' }],
      record: true,
    },
  ]);
  applier.end();
  t.equal(refused, 1);
});

t.test('a directory that lost its name in one commit is swept where the next one never came', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-apply-'));
  const path = join(folder, 'workspace.db');
  let vfs = openVfs(path, { create: true });
  t.teardown(async () => {
    await vfs.close();
    rmSync(folder, { recursive: true, force: true });
  });
  vfs.create(vfs.inode(1), 'd', { mode: S_IFDIR | 0o755, uid: 0, gid: 0 });
  const importer = vfs.importer(1);
  importer.begin();
  importer.run(() => importer.unlink(1, 'd'));
  await vfs.close();
  vfs = openVfs(path);
  t.same(vfs.check(), []);
  t.equal(vfs.countInodes(), 1);
});

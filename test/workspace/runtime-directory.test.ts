import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { socketPathOf } from '#src/workspace/index.js';
import { temporaryDirectory } from './temporary-home.js';

t.test(
  'the socket lies in a private directory under XDG_RUNTIME_DIR, by a short name of its database',
  async (t) => {
    const runtime = temporaryDirectory(t);
    const one = await socketPathOf('/a/b.db', { XDG_RUNTIME_DIR: runtime });
    t.equal(dirname(one), join(runtime, 'agentfs'));
    t.equal(statSync(dirname(one)).mode & 0o777, 0o700);
    t.equal(await socketPathOf('/a/b.db', { XDG_RUNTIME_DIR: runtime }), one);
    t.not(await socketPathOf('/a/c.db', { XDG_RUNTIME_DIR: runtime }), one);
  },
);

t.test('without a usable XDG_RUNTIME_DIR it lies in /tmp', async (t) => {
  const long = join(temporaryDirectory(t), 'x'.repeat(80));
  mkdirSync(long);
  for (const XDG_RUNTIME_DIR of [undefined, '', 'relative', '/absent', long]) {
    const path = await socketPathOf('/a/b.db', { XDG_RUNTIME_DIR });
    t.match(path, new RegExp(`^/tmp/agentfs-${process.getuid?.()}/`), String(XDG_RUNTIME_DIR));
    t.ok(Buffer.byteLength(path) <= 107);
  }
});

t.test('a directory that is open to others is closed, one that is a symlink is refused', async (t) => {
  const runtime = temporaryDirectory(t);
  mkdirSync(join(runtime, 'agentfs'));
  chmodSync(join(runtime, 'agentfs'), 0o777);
  const path = await socketPathOf('/a/b.db', { XDG_RUNTIME_DIR: runtime });
  t.equal(statSync(dirname(path)).mode & 0o777, 0o700);
  const other = temporaryDirectory(t);
  symlinkSync(runtime, join(other, 'agentfs'));
  await t.rejects(socketPathOf('/a/b.db', { XDG_RUNTIME_DIR: other }), { code: 'OWNER_UNREACHABLE' });
});

t.test(
  'a directory of somebody else is refused',
  { skip: process.getuid?.() !== 0 && 'needs root to make one' },
  async (t) => {
    const { chownSync } = await import('node:fs');
    const runtime = temporaryDirectory(t);
    mkdirSync(join(runtime, 'agentfs'));
    chownSync(join(runtime, 'agentfs'), 12345, 12345);
    await t.rejects(socketPathOf('/a/b.db', { XDG_RUNTIME_DIR: runtime }), {
      code: 'OWNER_UNREACHABLE',
      message: /another user/,
    });
  },
);

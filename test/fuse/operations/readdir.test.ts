import t from 'tap';
import { DIRENT, ENTRY_OUT } from '#src/fuse/protocol/layouts.js';
import { decode } from '#src/fuse/protocol/struct.js';
import { S_IFDIR, S_IFREG } from '#src/vfs/types.js';
import { FakeKernel } from '../fake-kernel.js';
import { MemoryFilesystem } from '../memory-filesystem.js';

interface Listed {
  name: string;
  ino: bigint;
  off: bigint;
  type: number;
  node: bigint | undefined;
}

/** Reads the packed entries as the kernel does, and fails where one is not whole. */
function unpack(body: Buffer, plus: boolean): Listed[] {
  const entries: Listed[] = [];
  let at = 0;
  while (at < body.length) {
    const node = plus ? BigInt(decode(ENTRY_OUT, body, at).nodeid) : undefined;
    if (plus) at += ENTRY_OUT.size;
    const dirent = decode(DIRENT, body, at);
    const start = at + DIRENT.size;
    const length = Number(dirent.namelen);
    const name = body.toString('utf8', start, start + length);
    at = start + ((length + 7) & ~7);
    if (at > body.length) throw new Error(`the entry ${name} is cut off`);
    entries.push({ name, ino: BigInt(dirent.ino), off: BigInt(dirent.off), type: Number(dirent.type), node });
  }
  return entries;
}

function serve(names: readonly string[]) {
  const filesystem = new MemoryFilesystem();
  const kernel = new FakeKernel(filesystem);
  kernel.init();
  const root = filesystem.inode(1);
  const directory = filesystem.create(root, 'dir', { mode: S_IFDIR | 0o755, uid: 0, gid: 0 });
  for (const name of names) {
    filesystem.create(directory, name, { mode: name === 'sub' ? S_IFDIR : S_IFREG, uid: 0, gid: 0 });
  }
  const list = (name: 'READDIR' | 'READDIRPLUS', offset: bigint, size: number) =>
    unpack(kernel.ask(name, { node: directory.ino, fields: { offset, size } })!.body, name === 'READDIRPLUS');
  return { filesystem, kernel, directory, list };
}

t.test('READDIR lists . and .. with their cookies and then the entries with theirs', async (t) => {
  const { directory, filesystem, list } = serve(['a', 'sub', 'é'.repeat(100)]);
  const entries = list('READDIR', 0n, 4096);
  t.same(
    entries.map(({ name, type }) => [name, type]),
    [
      ['.', 4],
      ['..', 4],
      ['a', 8],
      ['sub', 4],
      ['é'.repeat(100), 8],
    ],
  );
  t.match(entries[0], { off: 1n, ino: BigInt(directory.ino) });
  t.match(entries[1], { off: 2n, ino: 1n });
  t.same(list('READDIR', 1n, 4096).length, 4);
  t.same(list('READDIR', 2n, 4096).length, 3);
  t.same(
    list('READDIR', entries[3]!.off, 4096).map(({ name }) => name),
    ['é'.repeat(100)],
  );
  t.equal(filesystem.lookups.size, 0, 'READDIR counts nothing');
});

t.test('READDIRPLUS counts the entries that fit and only those', async (t) => {
  const names = ['a', 'bb', 'ccc', 'dddd-ddd-eight', 'é'.repeat(60)];
  const whole = serve(names).list('READDIRPLUS', 0n, 8192);
  t.same(
    whole.map(({ name }) => name),
    ['.', '..', ...names],
  );
  t.same(
    whole.map(({ node, ino }) => node === 0n || node === ino),
    whole.map(() => true),
  );
  t.match(whole.slice(0, 2), [{ node: 0n }, { node: 0n }], '. and .. carry no node');
  for (let size = 0; size < 1300; size += 8) {
    const { filesystem, list } = serve(names);
    const counted = list('READDIRPLUS', 0n, size).filter(({ node }) => node !== 0n);
    t.same(
      [...filesystem.lookups.keys()].map(BigInt),
      counted.map(({ node }) => node),
      `${size} bytes`,
    );
  }
});

t.test('reading on in small pieces sees every entry once', async (t) => {
  const names = Array.from({ length: 300 }, (_, index) => `entry-${index}-${'x'.repeat(index % 30)}`);
  for (const name of ['READDIR', 'READDIRPLUS'] as const) {
    const { list } = serve(names);
    const seen: string[] = [];
    let offset = 0n;
    for (;;) {
      const piece = list(name, offset, 512);
      if (piece.length === 0) break;
      seen.push(...piece.map((entry) => entry.name));
      offset = piece.at(-1)!.off;
    }
    t.same(seen, ['.', '..', ...names]);
  }
});

t.test('a size beyond the reply buffer answers EINVAL', async (t) => {
  const { kernel, directory } = serve([]);
  t.equal(kernel.ask('READDIR', { node: directory.ino, fields: { size: 2 ** 31 } })?.error, -22);
});

/** What the reader says a file contains: pieces, holes between them, and pieces that are shorter than others. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Store, StoreReader } from '#src/store/index.js';

t.test('any part of a content is what stands there, with zeros in its holes', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-reader-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'workspace.db');
  const store = new Store(path, { create: true });
  t.teardown(() => store.close());
  const { chunkSize } = store;
  const pieces = new Map([
    [0, Buffer.alloc(chunkSize, 1)],
    [1, Buffer.alloc(10, 2)],
    [3, Buffer.alloc(chunkSize - 1, 3)],
    [4, Buffer.alloc(chunkSize, 4)],
  ]);
  const whole = Buffer.alloc(6 * chunkSize);
  const insert = store.db.prepare('INSERT INTO fs_data (ino, chunk_index, data) VALUES (2, ?, ?)');
  for (const [index, data] of pieces) {
    insert.run(index, data);
    data.copy(whole, index * chunkSize);
  }
  const reader = new StoreReader(path);
  t.teardown(() => reader.close());
  const places = [
    0,
    5,
    chunkSize,
    chunkSize + 9,
    chunkSize + 10,
    chunkSize + 500,
    2 * chunkSize,
    3 * chunkSize,
  ];
  for (const from of [...places, 4 * chunkSize - 1, 4 * chunkSize + 7, 5 * chunkSize]) {
    for (const length of [1, 20, chunkSize, chunkSize + 30, 3 * chunkSize]) {
      const expected = whole.subarray(from, from + length);
      if (expected.length < length) continue;
      const used = Buffer.alloc(length, 0xee);
      reader.readContent(2, from, used);
      t.ok(used.equals(expected) && reader.content(2, from, length).equals(expected), `${from}+${length}`);
    }
  }
});

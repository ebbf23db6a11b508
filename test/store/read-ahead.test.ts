/** What lies downwards in the database is read ahead, what lies upwards is left to the kernel, and the bytes are the same. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { addonPath } from '#src/base/addon-path.js';
import { openDatabase } from '#src/store/index.js';

const CHUNKS = 512;
const CHUNK_BYTES = 65_536;
const MIB = 1024 * 1024;
const missing = addonPath() === undefined && 'the native addon has not been built';

function databaseOf(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-store-'));
  const path = join(folder, 'workspace.db');
  const db = openDatabase(path, { create: true });
  t.teardown(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const insert = db.prepare('INSERT INTO fs_data(ino, chunk_index, data) VALUES (?, ?, ?)');
  const fill = db.transaction((ino: number) => {
    for (let index = 0; index < CHUNKS; index += 1) insert.run(ino, index, Buffer.alloc(CHUNK_BYTES, index));
  });
  return {
    fill: (ino: number) => {
      fill(ino);
      db.pragma('wal_checkpoint(TRUNCATE)');
    },
    remove: (ino: number) => db.prepare('DELETE FROM fs_data WHERE ino = ?').run(ino),
    /** Reads on a connection that has cached nothing. @returns how often the kernel was asked to read ahead. */
    read: (ino: number): number => {
      const reader = openDatabase(path, { readOnly: true, pageCacheBytes: MIB });
      const select = reader.prepare<[number, number], { data: Buffer }>(
        'SELECT data FROM fs_data WHERE ino = ? AND chunk_index = ?',
      );
      const asked = reader.prepare<[], number>('SELECT agentfs_read_ahead()').pluck();
      const before = asked.get() ?? 0;
      for (let index = 0; index < CHUNKS; index += 1) {
        const { data } = select.get(ino, index) ?? { data: Buffer.alloc(0) };
        if (!data.equals(Buffer.alloc(CHUNK_BYTES, index)))
          throw new Error(`chunk ${index} is not what it was`);
      }
      const count = (asked.get() ?? 0) - before;
      reader.close();
      return count;
    },
  };
}

t.test(
  'a content that took the place of another is read ahead, a MiB or so at a time',
  { skip: missing },
  async (t) => {
    const database = databaseOf(t);
    database.fill(2);
    t.equal(database.read(2), 0, 'SQLite lays the first one upwards, which the kernel reads ahead by itself');
    database.remove(2);
    database.fill(3);
    const asked = database.read(3);
    const size = (CHUNKS * CHUNK_BYTES) / MIB;
    t.ok(asked >= size / 2 && asked <= size * 2, `asked ${asked} times for ${size} MiB`);
  },
);

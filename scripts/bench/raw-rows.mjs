/**
 * The limit that the sync rows are held against: the same bytes as bare rows through @libsql/client, written in
 * statements of many rows and read back in pages, with no hash, no check and no history.
 *
 * Two sizes of statement are tried, and the faster one counts.
 */
const SIZES = [500, 2000];

/** sqld compresses its answers, which takes it many times as long as reading the rows: the raw limit is without that. */
function fetchUncompressed(request, init) {
  const uncompressed = new Request(request, init);
  uncompressed.headers.set('accept-encoding', 'identity');
  return fetch(uncompressed);
}

/** @param files `[{ name, bytes }]`. Returns seconds `{ push, pull }`. */
export async function measureRawRows({ url, token, files, table }) {
  const { createClient } = await import('@libsql/client');
  const client = createClient({ url, authToken: token, fetch: fetchUncompressed });
  try {
    const [push, pull] = [[], []];
    for (const size of SIZES) {
      const name = `${table}_${size}`;
      await client.execute(
        `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mode INTEGER, mtime INTEGER, content BLOB)`,
      );
      push.push(await timed(() => writeRows(client, { name, files, size })));
      pull.push(await timed(() => readRows(client, { name, files, size })));
      await client.execute(`DROP TABLE ${name}`);
    }
    return { push: Math.min(...push), pull: Math.min(...pull) };
  } finally {
    client.close();
  }
}

async function timed(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function writeRows(client, { name, files, size }) {
  for (let at = 0; at < files.length; at += size) {
    const part = files.slice(at, at + size);
    const values = part.map(() => '(?, ?, 33188, 1700000000, ?)').join(', ');
    const args = part.flatMap((file, i) => [at + i + 1, file.name, file.bytes]);
    await client.batch(
      [{ sql: `INSERT INTO ${name} (id, name, mode, mtime, content) VALUES ${values}`, args }],
      'write',
    );
  }
}

async function readRows(client, { name, files, size }) {
  let found = 0;
  for (let last = 0; found < files.length; ) {
    const { rows } = await client.execute({
      sql: `SELECT id, name, mode, mtime, content FROM ${name} WHERE id > ? ORDER BY id LIMIT ?`,
      args: [last, size],
    });
    if (rows.length === 0) throw new Error(`${name} has ${found} rows of ${files.length}`);
    for (const row of rows) if (row.content.byteLength === 0) throw new Error('an empty row');
    found += rows.length;
    last = Number(rows.at(-1).id);
  }
}

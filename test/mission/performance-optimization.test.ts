/**
 * "Performance Optimization": batches, selective sync, compression.
 */
import t from 'tap';
import { Machine } from './machine.js';

t.setTimeout(180_000);

t.test('Batch Sync', async (t) => {
  const machine = await Machine.create(t);
  await using workspace = await machine.sdk().workspace.create('my-workspace');
  await workspace.sync.enable({ tursoDb: machine.database, token: machine.token, mode: 'manual' });
  // Configure batch size
  const config = await workspace.sync.config({
    mode: 'periodic',
    interval: 60,
    batchSize: 100, // Sync 100 files at a time
  });
  t.same([config.mode, config.interval, config.batchSize], ['periodic', 60, 100]);
  for (let i = 0; i < 250; i += 1) await workspace.writeFile(`/file-${i}`, `${i}`);
  const before = (await workspace.sync.status()).revision;
  await workspace.sync.push();
  t.equal((await workspace.sync.status()).revision - before, 3, 'three commits of at most 100 files');
});

t.test('Selective Sync', async (t) => {
  const a = await Machine.create(t);
  const b = await Machine.create(t, a.server);
  await using workspace = await a.sdk().workspace.create('my-workspace');
  await workspace.sync.enable({ tursoDb: a.database, token: a.token, mode: 'manual' });
  // Only sync specific file types
  await workspace.sync.config({
    include: ['*.py', '*.md'],
    exclude: ['*.pyc', '__pycache__/', '.git/'],
  });
  for (const directory of ['/src', '/src/__pycache__', '/.git']) await workspace.mkdir(directory);
  const files = [
    '/src/a.py',
    '/README.md',
    '/src/a.pyc',
    '/src/__pycache__/a.py',
    '/.git/notes.md',
    '/data.bin',
  ];
  for (const path of files) await workspace.writeFile(path, path);
  await workspace.sync.push();
  await using other = await b.sdk().workspace.create('my-workspace');
  await other.sync.enable({ tursoDb: b.database, token: b.token, mode: 'manual' });
  await other.sync.pull();
  const arrived = await Promise.all(files.map((path) => other.exists(path)));
  t.same(arrived, [true, true, false, false, false, false]);
  for (const path of files) t.ok(await workspace.exists(path), 'here all of them stay');
});

t.test('Compression', async (t) => {
  const machine = await Machine.create(t);
  await machine.runs(
    t,
    `
agentfs workspace create my-workspace
agentfs sync enable my-workspace --turso-db libsql://mydb-org.turso.io --token $TURSO_TOKEN --mode manual
`,
  );
  await machine.runs(
    t,
    '# Enable compression for large files\nagentfs sync config my-workspace --compression true\n',
  );
  await using workspace = await machine.sdk().workspace.get('my-workspace');
  await workspace.writeFile('/log', 'the same line again\n'.repeat(50_000));
  const { bytesSent } = await workspace.sync.push();
  t.ok(bytesSent < 250_000, `${bytesSent} bytes for a million`);
});

/**
 * What may be a remote: no file of a workspace, no name that is none; and a relative path means the caller's directory.
 */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { absoluteAddress } from '#src/sdk/typescript/absolute-address.js';
import { AgentFS } from '#src/sdk/typescript/index.js';
import { temporaryDirectory } from '../../workspace/temporary-home.js';

t.setTimeout(60_000);

t.test(
  'the database of a workspace is refused as a remote, its own and that of another, and is not touched',
  async (t) => {
    const afs = new AgentFS({ home: temporaryDirectory(t) });
    const [own, other] = [await afs.workspace.create('own'), await afs.workspace.create('other')];
    await own.writeFile('/f', 'content');
    const { database } = own.record;
    const link = `${database}-link`;
    symlinkSync(database, link);
    for (const file of [database, link, other.record.database]) {
      for (const tursoDb of [`file:${file}`, pathToFileURL(file).href]) {
        await t.rejects(own.sync.enable({ tursoDb, mode: 'manual' }), {
          code: 'USAGE',
          message: /is the database of a workspace/,
          hint: /a file of its own/,
        });
      }
    }
    t.same(await own.sync.remotes(), []);
    t.equal(await own.readFile('/f', 'utf8'), 'content');
    await own.sync.enable({ tursoDb: `file:${database}.remote`, mode: 'manual' });
    await own.sync.push();
    await own.close();
    await other.close();
  },
);

t.test("a remote's name is one word", async (t) => {
  const home = temporaryDirectory(t);
  await using workspace = await new AgentFS({ home }).workspace.create('w');
  const tursoDb = pathToFileURL(join(home, 'remote.db')).href;
  for (const remote of ['', 'a b', '../up', 'new\nline', '-x', 'x'.repeat(64)])
    await t.rejects(workspace.sync.enable({ tursoDb, remote, mode: 'manual' }), {
      code: 'INVALID_ARGUMENT',
      message: /is not a remote's name/,
      hint: /letters, digits/,
    });
  t.same(await workspace.sync.remotes(), []);
  await workspace.sync.enable({ tursoDb, remote: 'Backup-2.eu_west', mode: 'manual' });
  t.same(await workspace.sync.remotes(), ['Backup-2.eu_west']);
});

t.test('a relative file is one of the directory of who says so, not of who owns the workspace', async (t) => {
  t.equal(absoluteAddress('file:r.db', '/a b'), 'file:///a%20b/r.db');
  t.equal(absoluteAddress('file:../c/r.db', '/a/b'), 'file:///a/c/r.db');
  t.equal(absoluteAddress('file:r%20s.db?x=1', '/a'), 'file:///a/r%20s.db?x=1');
  for (const text of [
    'file:/r.db',
    'file:///r.db',
    'file://host/r.db',
    'file:',
    'file::memory:',
    'libsql://h',
    'x',
  ])
    t.equal(absoluteAddress(text, '/a'), text);
  const home = temporaryDirectory(t);
  await using workspace = await new AgentFS({ home }).workspace.create('w');
  const [before, here] = [process.cwd(), join(home, 'somewhere')];
  mkdirSync(here);
  process.chdir(here);
  try {
    const { url } = await workspace.sync.enable({ tursoDb: 'file:r.db', mode: 'manual' });
    t.equal(url, pathToFileURL(join(here, 'r.db')).href);
  } finally {
    process.chdir(before);
  }
  await workspace.sync.push();
  t.ok(existsSync(join(here, 'r.db')));
});

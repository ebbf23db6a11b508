/** A remote that lies: rows and chunks written behind our back go to quarantine, and the good ones still arrive. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type Client, createClient } from '@libsql/client';
import t, { type Test } from 'tap';
import { ROOT_NODE } from '#src/sync/core/tree.js';
import { openRemote, type RemoteWorkspace } from '#src/sync/remote/index.js';
import { encodeManifest, hashContent, sha256 } from '#src/sync/transfer/index.js';
import { bytesOf, commit, directory, entry, file, id, noise, pull, pushed, upload } from './trees.js';

const dir = mkdtempSync(join(tmpdir(), 'agentfs-hostile-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

async function sides(t: Test, name: string): Promise<{ remote: RemoteWorkspace; sql: Client }> {
  const url = `file:${join(dir, name)}`;
  const remote = openRemote({ url, workspace: 'w', agent: 'a' });
  await remote.ensure();
  const sql = createClient({ url, timeout: 5000 });
  t.teardown(() => {
    remote.close();
    sql.close();
  });
  return { remote, sql };
}

await t.test('nothing was edited after it was committed, whoever says so', async (t) => {
  const { remote, sql } = await sides(t, 'future.db');
  const far = 2 ** 45;
  const early = file(id('f'), Buffer.from('text'), { state: { editedAtMs: far } });
  const { committedAtMs } = await pushed(remote, commit(0, [early, entry([ROOT_NODE, 'f'], id('f'))]));
  const editedAtMs = async () => (await pull(remote)).nodes.get(id('f'))?.state?.editedAtMs;
  t.ok(Number(await editedAtMs()) <= committedAtMs, 'the clock of an agent');
  await sql.execute({ sql: 'UPDATE agentfs_nodes SET edited_at_ms = ?', args: [far] });
  t.equal(await editedAtMs(), committedAtMs, 'a row that was written otherwise');
});

await t.test('entries with names that are no names are quarantined, each with its reason', async (t) => {
  const { remote, sql } = await sides(t, 'names.db');
  await pushed(remote, commit(0, [directory(id('d')), entry([ROOT_NODE, 'd'], id('d'))]));
  const parent = Buffer.from(id('d'), 'hex');
  const names = ['', '.', '..', 'a/b', '../up', 'nul\0', 'é'.repeat(128)];
  for (const name of [...names.map((name) => Buffer.from(name)), Buffer.from([0x66, 0xff])]) {
    await sql.execute({
      sql: 'INSERT INTO agentfs_entries (workspace, parent, name, node, rev_from) VALUES (1, ?, CAST(? AS TEXT), ?, 1)',
      args: [parent, name, Buffer.from(id('f'), 'hex')],
    });
  }
  await sql.execute({
    sql: 'INSERT INTO agentfs_entries (workspace, parent, name, node, rev_from) VALUES (1, ?, ?, ?, 1)',
    args: [parent, 'root', Buffer.from(ROOT_NODE, 'hex')],
  });
  await sql.execute({
    sql: 'INSERT INTO agentfs_entries (workspace, parent, name, node, rev_from) VALUES (1, ?, ?, ?, 1)',
    args: [Buffer.from('short'), 'x', Buffer.from(id('f'), 'hex')],
  });
  const pulled = await pull(remote);
  t.same([...pulled.entries.keys()], [`${ROOT_NODE}/d`]);
  t.equal(pulled.quarantined.length, names.length + 3);
  t.ok(pulled.quarantined.every((one) => one.what === 'entry' && one.revision === 1 && one.reason !== ''));
});

await t.test('nodes whose values or content cannot be believed are quarantined', async (t) => {
  const { remote, sql } = await sides(t, 'nodes.db');
  const big = noise(50_000);
  await upload(remote, big);
  const good = file(id('good'), Buffer.from('good'));
  const set = async (
    name: string,
    changes: Record<string, string | number | Uint8Array | null>,
  ): Promise<void> => {
    const columns = Object.keys(changes).map((column) => `${column} = ?`);
    await sql.execute({
      sql: `UPDATE agentfs_nodes SET ${columns.join(', ')} WHERE node = ?`,
      args: [...Object.values(changes), Buffer.from(id(name), 'hex')],
    });
  };
  const bomb = deflateRawSync(Buffer.alloc(10_000_000));
  const short = encodeManifest([{ hash: 'ab'.repeat(32), size: 1 }]);
  const cases: Record<string, Record<string, string | number | Uint8Array | null>> = {
    kind: { kind: 9 },
    mode: { mode: 0o10000 },
    uid: { uid: -1 },
    size: { size: -5 },
    huge: { size: 9_007_199_254_740_991 },
    nsec: { mtime_nsec: 1_000_000_000 },
    bytes: { inline: Buffer.from('evil!') },
    length: { inline: Buffer.from('longer than it says') },
    none: { inline: null },
    bomb: { inline: bomb, encoding: 1 },
    encoding: { encoding: 7 },
    xattrs: { xattrs: 'no value' },
    target: { kind: 3, target: '/a/b', inline: null },
    folder: { kind: 2 },
    manifest: { size: 20_000, manifest: short, hash: Buffer.from(sha256(short), 'hex') },
  };
  const names = Object.keys(cases);
  const { content } = hashContent(big);
  const bigFile = file(id('bigger'), big);
  await pushed(
    remote,
    commit(0, [
      good,
      entry([ROOT_NODE, 'good'], id('good')),
      bigFile,
      entry([ROOT_NODE, 'bigger'], id('bigger')),
      ...names.flatMap((name) => [file(id(name), Buffer.from(name)), entry([ROOT_NODE, name], id(name))]),
    ]),
  );
  for (const name of names) await set(name, cases[name]!);
  const pulled = await pull(remote);
  t.same([...pulled.nodes.keys()].sort(), [id('good'), id('bigger')].sort());
  t.same(
    pulled.quarantined.map((one) => one.id).sort(),
    names.map((name) => id(name)).sort(),
    'each is named',
  );
  await t.rejects(remote.nodeContent(id('bytes')), { code: 'REMOTE_CORRUPT', message: /hash/ });

  await t.test('a chunk with other bytes, another size or a bomb in it is quarantined', async (t) => {
    if (content.kind !== 'chunks') throw new Error('not chunked');
    const [first, second] = content.chunks;
    const replace = (hash: string, data: Uint8Array, encoding: number): Promise<unknown> =>
      sql.execute({
        sql: 'UPDATE agentfs_chunks SET data = ?, encoding = ? WHERE hash = ?',
        args: [data, encoding, Buffer.from(hash, 'hex')],
      });
    t.ok(big.equals(await bytesOf(remote, content)), 'good before');
    for (const [data, encoding] of [
      [noise(first!.size, 5), 0],
      [Buffer.from('short'), 0],
      [Buffer.from('not deflate'), 1],
      [bomb, 1],
      [Buffer.alloc(300_000), 0],
    ] as const) {
      await replace(first!.hash, data, encoding);
      const got = await remote.getChunks([first!, ...(second === undefined ? [] : [second])]);
      t.match(got.quarantined, [{ what: 'chunk', id: first!.hash }]);
      t.notOk(got.chunks.has(first!.hash));
      await t.rejects(bytesOf(remote, content), { code: 'REMOTE_CORRUPT' });
    }
    await sql.execute({
      sql: 'DELETE FROM agentfs_chunks WHERE hash = ?',
      args: [Buffer.from(first!.hash, 'hex')],
    });
    t.same((await remote.getChunks([first!])).missing, [first!.hash]);
    await t.rejects(bytesOf(remote, content), { code: 'REMOTE_CORRUPT', message: /missing/ });
  });
});

await t.test('a remote made anew or by a newer AgentFS is not written to', async (t) => {
  const { remote, sql } = await sides(t, 'anew.db');
  await pushed(remote, commit(0, [directory(id('d')), entry([ROOT_NODE, 'd'], id('d'))]));
  await sql.execute('UPDATE agentfs_workspaces SET incarnation = randomblob(16)');
  const next = commit(1, [directory(id('e')), entry([ROOT_NODE, 'e'], id('e'))]);
  t.same(await remote.push(next), { outcome: 'stale', reason: 'workspace' });
  await sql.execute('DELETE FROM agentfs_commits');
  await t.rejects(pull(remote, 1), { code: 'REMOTE_CORRUPT', hint: /reset/ }, 'a head before our cursor');
  await sql.execute(`UPDATE agentfs_meta SET value = '99'`);
  await t.rejects(remote.ensure(), { code: 'REMOTE_NEWER', hint: /[Uu]pdate/ });
});

await t.test("a plan that no remote could take is the caller's mistake", async (t) => {
  const { remote } = await sides(t, 'plan.db');
  const f = file(id('f'), Buffer.from('f'));
  const e = entry([ROOT_NODE, 'f'], id('f'));
  for (const changes of [
    [f],
    [f, f, e],
    [e, entry([ROOT_NODE, 'f'], null)],
    [f, entry([ROOT_NODE, 'a/b'], id('f'))],
  ]) {
    await t.rejects(remote.push(commit(0, changes)), { code: 'INVALID_ARGUMENT' });
  }
  await t.rejects(remote.push({ commitId: 'x', baseRevision: 0, changes: [f, e] }), {
    code: 'INVALID_ARGUMENT',
  });
  t.equal((await remote.head()).revision, 0);
});

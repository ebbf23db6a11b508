/**
 * batch size, compression and timeout, by what can be counted: rows of the remote, bytes sent, words of an error.
 */
import { randomBytes } from 'node:crypto';
import { createClient } from '@libsql/client';
import t, { type Test } from 'tap';
import type { SyncProgress } from '#src/sync/index.js';
import { startFailingProxy } from '../../e2e/failing-proxy.js';
import { startSqld } from '../../support/sqld.js';
import { type Agent, fileRemote, openAgent, pair, settle } from './agent.js';

t.setTimeout(120_000);

const ROOT = `${'0'.repeat(31)}1`;

/** By the library that the engine has the file open with: another copy of SQLite in this process would end its locks. */
async function query<T>(url: string, sql: string, ...args: number[]): Promise<T[]> {
  const client = createClient({ url, intMode: 'number' });
  try {
    return (await client.execute({ sql, args })).rows as T[];
  } finally {
    client.close();
  }
}

/** What does not make a tree of what was live on the remote at a revision. */
async function faultsAt(url: string, revision: number): Promise<string[]> {
  const at = `rev_from <= ${revision} AND (rev_to IS NULL OR rev_to > ${revision})`;
  const nodes = await query<{ node: string; kind: number }>(
    url,
    `SELECT lower(hex(node)) AS node, kind FROM agentfs_nodes WHERE ${at}`,
  );
  const entries = await query<{ parent: string; name: string; node: string }>(
    url,
    `SELECT lower(hex(parent)) AS parent, name, lower(hex(node)) AS node FROM agentfs_entries WHERE ${at}`,
  );
  const kinds = new Map(nodes.map(({ node, kind }) => [node, kind]));
  const named = new Set(entries.map(({ node }) => node));
  const slots = new Set(entries.map(({ parent, name }) => `${parent}/${name}`));
  return [
    ...entries.flatMap(({ parent, name }) =>
      kinds.get(parent) === 2 ? [] : [`${name} came before its directory`],
    ),
    ...entries.flatMap(({ node, name }) => (kinds.has(node) ? [] : [`${name} came before what it names`])),
    ...nodes.flatMap(({ node }) => (node === ROOT || named.has(node) ? [] : [`${node} has no name`])),
    ...(slots.size === entries.length ? [] : ['a name is there twice']),
  ];
}

/** How many nodes each commit after a revision made or changed. */
async function nodesACommit(url: string, after: number): Promise<number[]> {
  const commits = await query<{ nodes: number }>(
    url,
    `SELECT (SELECT count(*) FROM agentfs_nodes n WHERE n.rev_from = c.revision) AS nodes
     FROM agentfs_commits c WHERE c.revision > ? ORDER BY c.revision`,
    after,
  );
  return commits.map(({ nodes }) => nodes);
}

function makeTree(agent: Agent): void {
  for (let top = 0; top < 4; top += 1) {
    let at = `/${top}`;
    agent.mkdir(at);
    for (let depth = 0; depth < 5; depth += 1) {
      for (const name of ['a', 'b']) agent.write(`${at}/${name}`, `${at}/${name}`);
      at = `${at}/deeper`;
      agent.mkdir(at);
    }
  }
}

/** Moves, replacements and removals that hang on each other. */
function editTree(agent: Agent): void {
  agent.mkdir('/new');
  for (let i = 0; i < 20; i += 1) agent.write(`/new/${i}`, `${i}`);
  agent.rename('/0/deeper', '/new/moved in');
  agent.rename('/1', '/new/moved in/one');
  for (const name of ['a', 'b']) agent.replace(`/2/${name}`, 'saved anew');
  agent.remove('/2/deeper/deeper');
  agent.rename('/3/a', '/3/away');
  agent.rename('/3/b', '/3/a');
  agent.rename('/3/away', '/3/b');
  agent.remove('/0/a');
  agent.mkdir('/0/a');
  agent.write('/0/a/inside', 'where a file was');
}

for (const batchSize of [1, 7, 10_000]) {
  t.test(
    `with batch size ${batchSize} each commit has that many nodes at most, and leaves a tree`,
    async (t) => {
      const url = fileRemote(t);
      const { a, b } = await pair(t, { url }, { batchSize });
      makeTree(a);
      await a.engine.push();
      const first = await nodesACommit(url, 0);
      const total = first.reduce((sum, nodes) => sum + nodes, 0);
      t.equal(total, 1 + 4 * (1 + 5 * 3), 'everything, and the root');
      // The root comes along with what stands in it.
      for (const nodes of first) t.ok(nodes <= Math.max(2, batchSize), `${nodes} nodes`);
      t.ok(first.length >= total / Math.max(2, batchSize), `${first.length} commits`);
      await b.engine.pull();
      editTree(b);
      await b.engine.push();
      const second = await nodesACommit(url, first.length);
      // A swap is one thing, and so is what moves between directories that take each other's place.
      for (const nodes of second) t.ok(nodes <= Math.max(8, batchSize), `${nodes} nodes`);
      if (batchSize === 1) t.ok(second.length > 20, `${second.length} commits`);
      for (let revision = 1; revision <= first.length + second.length; revision += 1)
        t.same(await faultsAt(url, revision), [], `revision ${revision} is a tree`);
      await a.engine.pull();
      t.equal(a.tree(), b.tree());
    },
  );
}

const TEXT = Buffer.from('a line that is there again and again\n'.repeat(40_000));

async function push(
  t: Test,
  url: string,
  content: Readonly<Record<string, Uint8Array>>,
  compression: boolean,
) {
  const agent = openAgent(t);
  await agent.engine.enable({ tursoDb: url, mode: 'manual', compression });
  for (const [path, bytes] of Object.entries(content)) agent.write(path, bytes);
  return { agent, report: await agent.engine.push() };
}

t.test(
  'compression makes text smaller on its way, leaves noise alone, and either setting reads the other',
  async (t) => {
    const noise = randomBytes(1_000_000);
    const small = Buffer.from('short lines\n'.repeat(1000));
    const content = { '/text': TEXT, '/noise': noise, '/small': small };
    const sent: Record<string, number> = {};
    for (const compression of [true, false]) {
      const url = fileRemote(t);
      const { agent, report } = await push(t, url, content, compression);
      sent[`${compression}`] = report.bytesSent;
      const stored = await query<{ encoding: number; bytes: number; size: number }>(
        url,
        'SELECT encoding, length(data) AS bytes, size FROM agentfs_chunks',
      );
      const packed = stored.filter(({ encoding }) => encoding === 1);
      t.equal(packed.length > 0, compression, 'chunks are packed where it is asked for');
      for (const { bytes, size } of packed) t.ok(bytes < size, 'and only where it pays');
      const raw = stored.filter(({ encoding }) => encoding === 0);
      t.ok(raw.reduce((sum, { size }) => sum + size, 0) >= noise.length, 'noise is as it was');

      const other = openAgent(t);
      await other.engine.enable({ tursoDb: url, mode: 'manual', compression: !compression });
      await other.engine.pull();
      for (const [path, bytes] of Object.entries(content))
        t.ok(other.bytes(other.inode(path)).equals(bytes), `${path} arrives byte for byte`);
      // The other setting knows what is there already.
      other.write('/copy of text', TEXT);
      const again = await other.engine.push();
      t.equal(again.chunksSent, 0);
      await settle(agent, other);
      t.equal(agent.tree(), other.tree());
    }
    const all = TEXT.length + noise.length + small.length;
    t.ok(sent.false! > all && sent.false! < all * 1.1, `raw: ${sent.false} bytes for ${all}`);
    t.ok(sent.true! < noise.length * 1.1 + (TEXT.length + small.length) / 5, `packed: ${sent.true} bytes`);
  },
);

t.test(
  'a request that takes too long says how long it waited and what to do, and the next one goes on',
  async (t) => {
    const sqld = await startSqld();
    t.teardown(() => sqld.stop());
    const proxy = await startFailingProxy(t, sqld.url);
    const { a, b } = await pair(t, { url: proxy.url, token: await sqld.token() }, { timeout: 30 });
    a.write('/f', 'content');
    const waits: SyncProgress[] = [];
    a.engine.on('progress', (progress) => {
      if (progress.timeLeftMs !== undefined) waits.push(progress);
    });
    const answered = { code: 'REMOTE_UNREACHABLE', message: /no answer within 3 s$/, hint: /--timeout/ };
    proxy.cut(1, 'by never answering', async () => {});
    await t.rejects(a.engine.push({ timeout: 3 }), answered, 'the time of this one push');
    t.match(waits, [{ remote: 'origin', timeLeftMs: Number }], 'the time left is told while nobody answers');
    t.ok(
      (waits[0]?.timeLeftMs ?? 0) <= 2000 && (waits[0]?.timeLeftMs ?? -1) >= 0,
      `${waits[0]?.timeLeftMs} ms`,
    );
    t.match(await a.engine.status(), {
      syncStatus: 'offline',
      pendingChanges: 2,
      error: { code: 'REMOTE_UNREACHABLE', message: /no answer within 3 s$/ },
    });
    await a.engine.config(undefined, { timeout: 1 });
    proxy.cut(1, 'by never answering', async () => {});
    await t.rejects(a.engine.push(), { ...answered, message: /no answer within 1 s$/ }, 'the setting');
    await a.engine.config(undefined, { timeout: 30 });
    t.match(await a.engine.push(), { conflicts: [] });
    t.match(await a.engine.status(), { syncStatus: 'synced', pendingChanges: 0 });
    await b.engine.pull();
    t.equal(b.read('/f'), 'content');
  },
);

t.test('a setting that cannot be is refused by name, with what can, and changes nothing', async (t) => {
  const { a } = await pair(t, { url: fileRemote(t) });
  const before = await a.engine.config(undefined, {});
  const refusals: readonly [setting: Record<string, unknown>, message: RegExp][] = [
    [{ mode: 'fast' }, /mode is one of real-time, periodic, manual/],
    [{ mode: null }, /mode is one of/],
    [
      { conflictResolution: 'mine' },
      /conflictResolution is one of last-write-wins, local-wins, remote-wins, manual/,
    ],
    [{ interval: 4 }, /interval is a whole number from 5 to 86400/],
    [{ interval: 60.5 }, /interval is a whole number/],
    [{ interval: '60' }, /interval is a whole number/],
    [{ batchSize: 0 }, /batchSize is a whole number from 1 to 100000/],
    [{ timeout: 3601 }, /timeout is a whole number from 1 to 3600/],
    [{ timeout: Number.NaN }, /timeout is a whole number/],
    [{ compression: 'yes' }, /compression is true or false/],
    [{ keep: '30' }, /keep is a duration as 30d/],
    [{ include: '*.py' }, /include is a list/],
    [{ exclude: [''] }, /exclude has a pattern that means nothing: ""/],
    [{ exlcude: [] }, /exlcude is no setting of sync/],
    // Together with one that could be.
    [{ timeout: 5, interval: -1 }, /interval is a whole number/],
  ];
  for (const [setting, message] of refusals) {
    await t.rejects(
      a.engine.config(undefined, setting),
      { code: 'INVALID_ARGUMENT', message },
      JSON.stringify(setting),
    );
    t.same(await a.engine.config(undefined, {}), before);
  }
  await t.rejects(a.engine.push({ timeout: 0 }), { code: 'INVALID_ARGUMENT', message: /timeout/ });
});

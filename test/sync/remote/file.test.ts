/** The contract on a `file:` remote, and what only a file can go wrong with. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openRemote } from '#src/sync/remote/index.js';
import { remoteContract } from './contract.js';

const dir = mkdtempSync(join(tmpdir(), 'agentfs-remote-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

await remoteContract(t, { url: `file:${join(dir, 'remote.db')}` });

await t.test('a folder that is not there and a file that is no database are told apart', async (t) => {
  const absent = openRemote({ url: `file:${dir}/no/such/remote.db`, workspace: 'w', agent: 'a' });
  await t.rejects(absent.ensure(), { code: 'REMOTE_UNREACHABLE', hint: /folder/ });
  const text = join(dir, 'text');
  writeFileSync(text, 'this is no database, it is a text\n'.repeat(100));
  const other = openRemote({ url: `file:${text}`, workspace: 'w', agent: 'a' });
  await t.rejects(other.ensure(), { code: 'REMOTE_NOT_LIBSQL' });
});

await t.test('an address that is none is a usage error', async (t) => {
  for (const url of ['nonsense', 'ftp://host/db', 'file:', 'file::memory:', 'libsql://']) {
    t.throws(() => openRemote({ url, workspace: 'w', agent: 'a' }), { code: 'USAGE' }, url);
  }
});

await t.test('a closed remote says so', async (t) => {
  const remote = openRemote({ url: `file:${join(dir, 'closed.db')}`, workspace: 'w', agent: 'a' });
  await remote.ensure();
  remote.close();
  await t.rejects(remote.head(), { code: 'CLOSED' });
});

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { lockFileOf, OwnerLock, resolveDatabase, writeOwnerRecord } from '#src/workspace/index.js';
import { temporaryDirectory } from './temporary-home.js';

const HOLDER = fileURLToPath(new URL('./lock-holder.js', import.meta.url));

async function holder(
  t: { teardown(fn: () => void): void },
  database: string,
): Promise<{ child: ChildProcess; answer: unknown }> {
  const child = fork(HOLDER, [database]);
  t.teardown(() => child.kill('SIGKILL'));
  const [answer] = await once(child, 'message');
  return { child, answer };
}

t.test('a second owner in the same process is refused until the first lets go', async (t) => {
  const database = join(temporaryDirectory(t), 'w.db');
  const first = await OwnerLock.acquire(database);
  await t.rejects(OwnerLock.acquire(database), { code: 'WORKSPACE_BUSY' });
  first.release();
  first.release();
  const second = await OwnerLock.acquire(database);
  t.equal(statSync(lockFileOf(database)).mode & 0o777, 0o600);
  await second.releaseAndRemove();
  t.notOk(existsSync(lockFileOf(database)));
});

t.test('of many that want it at once, one gets it', async (t) => {
  const database = join(temporaryDirectory(t), 'w.db');
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => OwnerLock.acquire(database)));
  const held = results.filter((result) => result.status === 'fulfilled');
  t.equal(held.length, 1);
  for (const { value } of held) value.release();
});

t.test('a second owner in another process is refused, and told who owns', async (t) => {
  const database = join(temporaryDirectory(t), 'w.db');
  const lock = await OwnerLock.acquire(database);
  t.equal((await holder(t, database)).answer, 'WORKSPACE_BUSY');
  lock.release();
  const { child, answer } = await holder(t, database);
  t.equal(answer, 'held');
  await writeOwnerRecord(database, { pid: child.pid!, socket: '/s', kind: 'background', since: 'now' });
  await t.rejects(OwnerLock.acquire(database), { code: 'WORKSPACE_BUSY', data: { pid: child.pid } });
});

t.test('kill -9 frees the lock', async (t) => {
  const database = join(temporaryDirectory(t), 'w.db');
  const { child, answer } = await holder(t, database);
  t.equal(answer, 'held');
  child.kill('SIGKILL');
  await once(child, 'exit');
  (await OwnerLock.acquire(database)).release();
});

t.test('a database has one lock, through whatever symlink it is reached', async (t) => {
  const directory = temporaryDirectory(t);
  symlinkSync(directory, join(directory, 'link'));
  t.equal(
    await resolveDatabase(join(directory, 'link/w.db')),
    await resolveDatabase(join(directory, 'w.db')),
  );
  await t.rejects(resolveDatabase(join(directory, 'absent/w.db')), { code: 'ENOENT', hint: /mkdir -p/ });
});

t.test(
  'a directory that may not be written says so',
  { skip: process.getuid?.() === 0 && 'root may write all' },
  async (t) => {
    const directory = temporaryDirectory(t);
    chmodSync(directory, 0o500);
    t.teardown(() => chmodSync(directory, 0o700));
    await t.rejects(OwnerLock.acquire(join(directory, 'w.db')), { code: 'DATABASE_READONLY' });
  },
);

import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Credentials, environmentToken } from '#src/workspace/index.js';
import { temporaryDirectory } from './temporary-home.js';

t.test('a stored token comes back from a file that only its user may read', async (t) => {
  const directory = temporaryDirectory(t);
  const credentials = new Credentials(directory, {});
  t.equal(await credentials.token('origin'), undefined);
  await Promise.all([credentials.store('origin', 'one'), credentials.store('backup', 'two')]);
  t.equal(await credentials.token('origin'), 'one');
  t.equal(await new Credentials(directory, {}).token('backup'), 'two');
  t.equal(statSync(join(directory, 'credentials.json')).mode & 0o777, 0o600);
  await credentials.remove('origin');
  t.equal(await credentials.token('origin'), undefined);
  await credentials.remove('backup');
  t.same(readdirSync(directory), [], 'nothing is left when the last token goes');
});

t.test('a file with loose modes is made private before it is used', async (t) => {
  const directory = temporaryDirectory(t);
  await new Credentials(directory, {}).store('origin', 'one');
  const file = join(directory, 'credentials.json');
  chmodSync(file, 0o644);
  await new Credentials(directory, {}).token('origin');
  t.equal(statSync(file).mode & 0o777, 0o600);
});

t.test('the environment stands in where nothing was stored for the remote', async (t) => {
  const credentials = new Credentials(temporaryDirectory(t), { AGENTFS_TOKEN: 'env' });
  t.equal(await credentials.token('origin'), 'env');
  await credentials.store('origin', 'stored');
  t.equal(await credentials.token('origin'), 'stored');
  t.equal(environmentToken({ AGENTFS_TOKEN: 'a', TURSO_AUTH_TOKEN: 'b' }), 'a');
  t.equal(environmentToken({ AGENTFS_TOKEN: '', TURSO_AUTH_TOKEN: 'b' }), 'b');
  t.equal(environmentToken({}), undefined);
});

t.test('no token is in the error that a damaged file gives', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'credentials.json');
  writeFileSync(file, '{"version":1,"tokens":"s3cret"}');
  const error = await new Credentials(directory, {}).token('origin').catch((problem) => problem);
  t.match(error, { code: 'INVALID_ARGUMENT', path: file });
  t.notMatch(JSON.stringify(error), /s3cret/);
  t.ok(existsSync(file));
});

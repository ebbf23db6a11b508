import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openLog } from '#src/daemon/log.js';
import { temporaryDirectory } from '../workspace/temporary-home.js';

t.test('the log is private, one JSON line an event, and cuts secrets out', async (t) => {
  const file = join(temporaryDirectory(t), 'owner.log');
  const log = openLog(file);
  log.info('hello', { token: 'secret-1', config: { authToken: 'secret-2' }, path: '/x' });
  log.flush();
  t.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  t.match(JSON.parse(text), { msg: 'hello', path: '/x', pid: process.pid });
  t.notMatch(text, /secret-/);
});

t.test('the log is turned over at a mebibyte, and one old one is kept', async (t) => {
  const file = join(temporaryDirectory(t), 'owner.log');
  const log = openLog(file);
  for (let n = 0; n < 3000; n++) log.warn('x'.repeat(1000));
  log.flush();
  t.ok(statSync(file).size < 1.5 * 1024 * 1024);
  t.ok(statSync(`${file}.1`).size < 1.5 * 1024 * 1024);
  t.notOk(existsSync(`${file}.2`));
});

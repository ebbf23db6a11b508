/**
 * Tokens never show: not in the process list, not in an error.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Agent } from './agentfs-process.js';

const SECRET = 'eyJhbGciOiJFZERTQSJ9.c2VjcmV0';

t.test('a token given as an argument is in no output', async (t) => {
  const agent = await Agent.create(t);
  const args = [
    'sync',
    'enable',
    'w',
    '--turso-db',
    'http://x',
    '--token-file',
    '-',
    '--token',
    SECRET,
    '-v',
  ];
  const { code, stdout, stderr } = await agent.run(args);
  t.equal(code, 2);
  t.match(stderr, /exclude each other/);
  t.notMatch(stdout + stderr, SECRET);
});

t.test(
  'a token given as an argument is gone from the process list once the title is written over',
  { skip: process.platform === 'linux' ? false : 'reads /proc' },
  async (t) => {
    const module = new URL('../../../dist/cli/secret-arguments.js', import.meta.url).href;
    const script = `
      const { hideSecretArguments } = await import(${JSON.stringify(module)});
      hideSecretArguments(process);
      console.log('hidden');
      setInterval(() => {}, 1000);`;
    const file = join(t.testdir({ 'title.mjs': script }), 'title.mjs');
    const child = spawn(process.execPath, [file, '--token', SECRET], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const line = readFileSync(join('/proc', String(child.pid), 'cmdline'), 'utf8');
    t.match(line, 'agentfs');
    t.notMatch(line, SECRET);
  },
);

t.test('a token file that is absent or empty is wrong usage', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  const enable = ['sync', 'enable', 'w', '--turso-db', 'http://127.0.0.1:9', '--token-file'];
  const absent = await agent.run([...enable, join(agent.scratch, 'none')]);
  t.match(absent, { code: 2, stderr: /token file cannot be read/ });
  t.match(await agent.run([...enable, '-'], { input: ' \n' }), { code: 2, stderr: /is empty/ });
});

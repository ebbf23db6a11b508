/**
 * Tokens never show: not in the process list, not in an error.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { hideSecretArguments } from '#src/cli/secret-arguments.js';
import { Agent, endOf, eventually, MAIN } from './agentfs-process.js';

const SECRET = 'eyJhbGciOiJFZERTQSJ9.c2VjcmV0';

t.test('a token given as an argument is gone from the command line of the running process', async (t) => {
  if (process.platform !== 'linux') return t.skip('reads /proc');
  const agent = await Agent.create(t);
  // Standard input is kept open, so that the command is there to be looked at.
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [MAIN, 'fs', 'write', 'w', '/f', '--token', SECRET], {
    env: { ...process.env, AGENTFS_HOME: agent.home },
  });
  t.teardown(() => child.kill('SIGKILL'));
  const wrong = spawn(
    process.execPath,
    [MAIN, 'sync', 'enable', 'w', '--turso-db', 'http://x', '--token-file', '-', '--token', SECRET],
    {
      env: { ...process.env, AGENTFS_HOME: agent.home },
    },
  );
  const { code } = await endOf(child);
  t.equal(code, 2, '--token is no option of fs write');
  const seen = await endOf(wrong);
  t.notMatch(seen.stderr, SECRET);
  t.match(seen, { code: 2, stderr: /exclude each other/ });
});

t.test('the title is written over before anything else is loaded', async (t) => {
  if (process.platform !== 'linux') return t.skip('reads /proc');
  const { spawn } = await import('node:child_process');
  const module = new URL('../../../dist/cli/secret-arguments.js', import.meta.url).href;
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { hideSecretArguments } = await import(${JSON.stringify(module)});
     hideSecretArguments(process);
     setInterval(() => {}, 1000);`,
    '--',
    '--token',
    SECRET,
  ]);
  t.teardown(() => child.kill('SIGKILL'));
  const line = await eventually(() => {
    const text = readFileSync(join('/proc', String(child.pid), 'cmdline'), 'utf8');
    return text.includes('agentfs\0') && !text.includes('input-type') ? text : undefined;
  });
  t.notMatch(line, SECRET);
  t.type(hideSecretArguments, 'function');
});

t.test(
  'a token file that is absent or empty is wrong usage, and its contents are never repeated',
  async (t) => {
    const agent = await Agent.create(t);
    await agent.run(['workspace', 'create', 'w']);
    const enable = ['sync', 'enable', 'w', '--turso-db', 'http://127.0.0.1:9', '--token-file'];
    t.match(await agent.run([...enable, join(agent.scratch, 'none')]), {
      code: 2,
      stderr: /token file cannot be read/,
    });
    t.match(await agent.run([...enable, '-'], { input: ' \n' }), { code: 2, stderr: /is empty/ });
  },
);

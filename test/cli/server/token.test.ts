/**
 * Tokens against a real server: where they may come from, and how a wrong one ends.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startSqld } from '../../support/sqld.js';
import { Agent } from '../agentfs-process.js';

t.test(
  'a token comes from the environment, a file, standard input or an argument; a wrong one ends with 5',
  async (t) => {
    const server = await startSqld();
    t.teardown(() => server.stop());
    const agent = await Agent.create(t);
    const token = await server.token();
    await agent.run(['workspace', 'create', 'w']);
    const enable = ['sync', 'enable', 'w', '--turso-db', server.url, '--mode', 'manual'];
    const file = join(agent.home, 'token');
    writeFileSync(file, `${token}\n`, { mode: 0o600 });

    const expired = await server.token({ expiresIn: -3600 });
    const wrong = await agent.run([...enable, '--token', expired]);
    const pushed = wrong.code === 0 ? await agent.run(['sync', 'push', 'w']) : wrong;
    t.equal(pushed.code, 5);
    t.match(pushed.stderr, /hint: /);
    t.notMatch(pushed.stderr, expired);

    for (const [name, args, options] of [
      ['AGENTFS_TOKEN', [], { env: { AGENTFS_TOKEN: token } }],
      ['TURSO_AUTH_TOKEN', [], { env: { TURSO_AUTH_TOKEN: token } }],
      ['a file', ['--token-file', file], {}],
      ['standard input', ['--token-file', '-'], { input: token }],
      ['an argument', ['--token', token], {}],
    ] as const) {
      t.equal((await agent.run([...enable, ...args], options)).code, 0, name);
      t.equal((await agent.run(['sync', 'push', 'w'])).code, 0, `push with the token of ${name}`);
      await agent.run(['sync', 'disable', 'w']);
    }

    await agent.run([...enable, '--token', token]);
    const kept = join(agent.home, 'workspaces', 'w', 'credentials.json');
    t.equal(statSync(kept).mode & 0o777, 0o600);
    t.notOk(readFileSync(join(agent.home, 'workspaces', 'w', 'workspace.db')).includes(token));
  },
);

/**
 * Tokens are nowhere but in the 0600 credentials file: not in a log, the arguments of any process, an output, an error,
 * a database here or there. The bytes of every file are searched.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eventually } from '../cli/agentfs-process.js';
import { startSqld } from '../support/sqld.js';
import { MountedAgent } from './mounted-agent.js';

/** Files below a directory that hold the secret. */
function filesWith(directory: string, secret: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(secret));
}

/** Processes whose command line holds the secret. The environment of a process is only its user's to see. */
function processesWith(secret: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(secret);
      } catch {
        return false;
      }
    });
}

async function expectHidden(t: Test, mounted: MountedAgent, secrets: readonly string[]): Promise<void> {
  const { home } = mounted.agent;
  const credentials = join(home, 'workspaces', 'w', 'credentials.json');
  for (const secret of secrets) {
    const files = filesWith(home, secret).filter((file) => file !== credentials);
    t.strictSame(files, [], 'no file of the home but one has it');
    t.strictSame(processesWith(secret), [], 'no process shows it');
  }
  t.equal(statSync(credentials).mode & 0o777, 0o600);
}

t.test(
  'a token given in any way is in the credentials file and nowhere else',
  { timeout: 120_000 },
  async (t) => {
    const sqld = await startSqld();
    t.teardown(() => sqld.stop());
    const token = await sqld.token();
    const wrong = 'eyJhbGciOiJFZERTQSJ9.wrong-secret.c2VjcmV0';
    const mounted = await MountedAgent.create(t);
    let said = '';
    const run = async (args: readonly string[], options = {}): Promise<number> => {
      for (const words of [args, [...args, '--json', '-v']]) {
        const { code, stdout, stderr } = await mounted.run(words, options);
        said += stdout + stderr;
        if (words !== args) return code;
      }
      return -1;
    };
    const url = new URL(sqld.url);
    const inside = `libsql://${url.host}?tls=0&authToken=${token}`;
    const ways: readonly (readonly [args: readonly string[], options: object])[] = [
      [['--turso-db', sqld.url, '--token', token], {}],
      [['--turso-db', sqld.url, `--token=${token}`], {}],
      [['--turso-db', sqld.url, '--token-file', '-'], { input: token }],
      [['--turso-db', inside], {}],
    ];
    for (const [args, options] of ways) {
      t.equal(await run(['sync', 'enable', 'w', ...args, '--mode', 'manual'], options), 0);
      t.equal(await run(['fs', 'write', 'w', '/f'], { input: String(args).length.toString() }), 0);
      t.equal(await run(['sync', 'push', 'w']), 0);
      await expectHidden(t, mounted, [token]);
      t.match(await mounted.run(['sync', 'disable', 'w']), { code: 0 });
    }
    t.equal(await run(['sync', 'enable', 'w', '--turso-db', sqld.url], { env: { AGENTFS_TOKEN: token } }), 0);
    await mounted.mount(t, '-v');
    await mounted.sh('echo x > x');
    await eventually(async () => {
      const { stdout } = await mounted.run(['sync', 'status', 'w']);
      return /synced/.test(stdout) || undefined;
    });
    t.equal(await run(['sync', 'status', 'w']), 0);
    t.equal(await run(['workspace', 'info', 'w']), 0);
    await expectHidden(t, mounted, [token]);
    // What a wrong token makes the server and the log say.
    t.equal(await run(['sync', 'enable', 'w', '--turso-db', sqld.url, '--token', wrong]), 0);
    await mounted.sh('echo y > y');
    t.equal(await run(['sync', 'push', 'w']), 5);
    t.not(await run(['sync', 'enable', 'w', '--turso-db', `http://user:${wrong}@h/`]), 0);
    t.not(await run(['sync', 'enable', 'w', '--turso-db', `ftp://h/?authToken=${wrong}`]), 0);
    await expectHidden(t, mounted, [token, wrong]);
    for (const secret of [token, wrong]) t.notOk(said.includes(secret), 'no output has it');
    t.ok(filesWith(sqld.directory, 'agentfs_commits').length > 0, 'the search finds what is there');
    t.strictSame(filesWith(sqld.directory, token), [], 'the remote database does not have it');
    t.strictSame(filesWith(sqld.directory, wrong), []);
  },
);

/**
 * Remotes that are not there, are something else, do not let us in, or die in the middle: by the command, with the exit
 * codes that scripts rely on. What was not synced stays pending, and a retry changes nothing twice.
 */
import { createServer } from 'node:http';
import { createClient } from '@libsql/client';
import t, { type Test } from 'tap';
import { eventually } from '../cli/agentfs-process.js';
import { startSqld } from '../support/sqld.js';
import { type CutAt, startFailingProxy } from './failing-proxy.js';
import { MountedAgent } from './mounted-agent.js';

interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}
interface Report {
  readonly pushed: number;
  readonly rowsWritten: number;
}

const sqld = await startSqld();
t.teardown(() => sqld.stop());

/** An agent whose `w` syncs by hand with `url`, with one file that is not pushed yet. */
async function withRemote(t: Test, url: string, token?: string): Promise<MountedAgent> {
  const mounted = await MountedAgent.create(t);
  const env = token === undefined ? {} : { AGENTFS_TOKEN: token };
  const args = ['sync', 'enable', 'w', '--turso-db', url, '--mode', 'manual'];
  t.match(await mounted.run(args, { env }), { code: 0 }, 'enable asks nobody yet');
  t.match(await mounted.run(['fs', 'write', 'w', '/f'], { input: 'mine' }), { code: 0 });
  return mounted;
}

async function expectFailure(
  t: Test,
  mounted: MountedAgent,
  wanted: { code: number; error: string; hint: RegExp; of?: readonly string[] },
): Promise<void> {
  for (const verb of wanted.of ?? ['push', 'pull']) {
    const ended = await mounted.run(['sync', verb, 'w', '--json']);
    t.equal(ended.code, wanted.code, ended.stdout);
    t.equal(ended.stderr, '');
    const { error } = JSON.parse(ended.stdout) as Failure;
    t.match(error, { code: wanted.error, hint: wanted.hint }, verb);
  }
  t.match(await mounted.run(['sync', 'push', 'w']), { code: wanted.code, stderr: /^agentfs: .*\nhint: / });
  t.match(await mounted.run(['fs', 'cat', 'w', '/f']), { code: 0, stdout: 'mine' });
  const { document } = await mounted.agent.json<{ pendingChanges: number }>(['sync', 'status', 'w']);
  t.ok(document.pendingChanges > 0, 'what is not pushed stays pending');
}

t.test('a remote where nothing listens ends with 4', async (t) => {
  const mounted = await withRemote(t, 'http://127.0.0.1:9', 'token');
  await expectFailure(t, mounted, { code: 4, error: 'REMOTE_UNREACHABLE', hint: /address/ });
});

t.test('what is no libSQL server ends with 1 and says to check the address', async (t) => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const mounted = await withRemote(t, `http://127.0.0.1:${address.port}`, 'token');
  await expectFailure(t, mounted, { code: 1, error: 'REMOTE_NOT_LIBSQL', hint: /address/ });
});

t.test('an address that is none is refused when sync is enabled', async (t) => {
  const mounted = await MountedAgent.create(t);
  for (const url of ['', 'not a url', 'ftp://host/db', 'mydb']) {
    const ended = await mounted.run(['sync', 'enable', 'w', '--turso-db', url, '--mode', 'manual']);
    t.equal(ended.code, 2, `'${url}' ${ended.stderr}`);
    t.match(ended.stderr, /hint: /);
  }
  t.match(await mounted.run(['sync', 'push', 'w']), {
    code: 1,
    stderr: /no remote.*\nhint: .*sync enable/,
  });
});

t.test('a token that is missing, wrong or expired ends with 5, and a new one repairs it', async (t) => {
  const expired = await sqld.token({ expiresIn: -3600 });
  for (const token of [undefined, 'abc.def.ghi', expired]) {
    const mounted = await withRemote(t, sqld.url, token);
    await expectFailure(t, mounted, { code: 5, error: 'REMOTE_AUTH', hint: /token/, of: ['push'] });
    if (token !== expired) continue;
    const again = ['sync', 'enable', 'w', '--turso-db', sqld.url, '--mode', 'manual', '--token-file', '-'];
    t.match(await mounted.run(again, { input: await sqld.token() }), { code: 0 });
    t.match(await mounted.run(['sync', 'push', 'w']), { code: 0 });
  }
});

t.test('a real-time mount goes on without its remote, says so, and syncs when it is back', async (t) => {
  const server = await startSqld();
  t.teardown(() => server.stop());
  const env = { AGENTFS_TOKEN: await server.token() };
  const mounted = await MountedAgent.create(t);
  t.match(await mounted.run(['sync', 'enable', 'w', '--turso-db', server.url], { env }), { code: 0 });
  await mounted.mount(t);
  await mounted.sh('echo one > one');
  const status = async (): Promise<{
    syncStatus: string;
    pendingChanges: number;
    error?: { code: string };
  }> =>
    (await mounted.agent.json<{ syncStatus: string; pendingChanges: number }>(['sync', 'status', 'w']))
      .document;
  await eventually(async () => ((await status()).syncStatus === 'synced' ? true : undefined), 20_000);
  await server.kill();
  await mounted.sh('echo two > two');
  const offline = await eventually(async () => {
    const now = await status();
    return now.syncStatus === 'offline' ? now : undefined;
  }, 20_000);
  t.match(offline, { error: { code: 'REMOTE_UNREACHABLE' } });
  t.ok(offline.pendingChanges > 0);
  t.equal(await mounted.sh('cat one two'), 'one\ntwo\n');
  await server.restart();
  await eventually(async () => ((await status()).syncStatus === 'synced' ? true : undefined), 30_000);
  t.equal((await status()).pendingChanges, 0);
});

/** How many rows of the workspaces there are, and ever were. */
async function rowsOf(token: string): Promise<{ live: number; versions: number; commits: number }> {
  const client = createClient({ url: sqld.url, authToken: token });
  try {
    const count = async (sql: string): Promise<number> => Number((await client.execute(sql)).rows[0]?.[0]);
    return {
      live: await count('SELECT count(*) FROM agentfs_entries WHERE rev_to IS NULL'),
      versions: await count('SELECT count(*) FROM agentfs_entries'),
      commits: await count('SELECT count(*) FROM agentfs_commits'),
    };
  } finally {
    client.close();
  }
}

t.test(
  'a server that is killed anywhere in a push and restarted: the retry changes nothing twice',
  async (t) => {
    const token = await sqld.token();
    const proxy = await startFailingProxy(t, sqld.url);
    const a = await withRemote(t, proxy.url, token);
    const env = { AGENTFS_TOKEN: token };
    await a.mount(t);
    const edit = (n: number): Promise<string> =>
      a.sh(
        `mkdir d${n}; echo ${n} > d${n}/small; head -c 300000 /dev/urandom > d${n}/large; ln d${n}/small d${n}/hard`,
      );
    t.match(await a.run(['sync', 'push', 'w'], { env }), { code: 0 });
    await edit(0);
    proxy.cut(0, 'before the server sees it', async () => {});
    t.match(await a.run(['sync', 'push', 'w'], { env }), { code: 0 });
    const requests = proxy.seen;
    t.ok(requests >= 2, `a push is ${requests} requests`);
    const before = await rowsOf(token);
    let n = 0;
    for (const at of ['before the server sees it', 'before the client has the answer'] as CutAt[]) {
      for (let request = 1; request <= requests; request++) {
        n += 1;
        await edit(n);
        let cuts = 0;
        proxy.cut(request, at, async () => {
          cuts += 1;
          await sqld.kill();
        });
        const broken = await a.run(['sync', 'push', 'w', '--json'], { env });
        t.equal(cuts, 1);
        t.match(broken, { code: 4, stdout: /REMOTE_UNREACHABLE/ }, `request ${request}, ${at}`);
        await sqld.restart();
        proxy.cut(0, at, async () => {});
        t.match(await a.run(['sync', 'push', 'w'], { env }), { code: 0, stderr: '' });
        const idle = await a.agent.json<Report>(['sync', 'push', 'w'], { env });
        t.match(idle.document, { pushed: 0, rowsWritten: 0 });
      }
    }
    const idle = await a.agent.json<Report>(['sync', 'push', 'w'], { env });
    t.match(idle.document, { pushed: 0, rowsWritten: 0 });
    const after = await rowsOf(token);
    // Each edit is 4 entries in one commit, whatever happened to it.
    t.strictSame(after, {
      live: before.live + 4 * n,
      versions: before.versions + 4 * n,
      commits: before.commits + n,
    });
    const b = await MountedAgent.create(t);
    t.match(await b.run(['sync', 'enable', 'w', '--turso-db', sqld.url, '--mode', 'manual'], { env }), {
      code: 0,
    });
    t.match(await b.run(['sync', 'pull', 'w'], { env }), { code: 0 });
    await b.mount(t);
    const digest = 'find . -type f | sort | xargs sha256sum; find . -printf "%P %y %m %n\\n" | sort';
    t.equal(await b.sh(digest), await a.sh(digest), 'both agents have the same');
  },
);

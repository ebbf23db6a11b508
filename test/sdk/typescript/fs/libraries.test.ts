/** Libraries that take a custom fs, on a workspace: isomorphic-git (promises), with the real git at the other end, and glob (callbacks). */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type GlobOptions, glob } from 'glob';
import git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import t from 'tap';
import { temporaryDirectory } from '../../../workspace/temporary-home.js';
import { openWorkspace } from '../open-workspace.js';

const author = { name: 'A', email: 'a@example.org' };

/** What git-http-backend does, in short: the smart protocol of one repository, both ways. */
async function serveGit(t: { teardown(fn: () => unknown): void }, repository: string): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const service = url.searchParams.get('service') ?? url.pathname.split('/').at(-1)!;
    const asked = url.pathname.endsWith('/info/refs');
    const what = asked ? 'advertisement' : 'result';
    response.setHeader('content-type', `application/x-${service}-${what}`);
    const options = asked ? ['--http-backend-info-refs'] : [];
    const child = spawn('git', [service.slice('git-'.length), '--stateless-rpc', ...options, repository]);
    if (asked) {
      const line = `# service=${service}\n`;
      response.write(`${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`);
    }
    request.pipe(child.stdin);
    child.stdout.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/repository`;
}

t.test('isomorphic-git clones, commits, logs and pushes in a workspace', async (t) => {
  const scratch = temporaryDirectory(t);
  const work = join(scratch, 'work');
  const bare = join(scratch, 'bare');
  const run = (...args: string[]) =>
    execFileSync('git', args, { cwd: scratch, encoding: 'utf8', stdio: 'pipe' });
  run('init', '-q', '-b', 'main', work);
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  execFileSync(
    'sh',
    ['-c', 'mkdir -p src && echo one > src/a && echo x > run && chmod +x run && ln -s a src/l'],
    {
      cwd: work,
    },
  );
  run('-C', work, 'add', '.');
  run('-C', work, ...identity, 'commit', '-q', '-m', 'first');
  run('clone', '-q', '--bare', work, bare);
  run('-C', bare, 'config', 'http.receivepack', 'true');
  const url = await serveGit(t, bare);

  const { client } = await openWorkspace(t);
  const repository = { fs: client.fs, dir: '/repository' };
  await git.clone({ ...repository, http, url });
  t.equal(await client.readFile('/repository/src/a', 'utf8'), 'one\n');
  t.equal(await client.readlink('/repository/src/l'), 'a');
  t.equal((await client.stat('/repository/run')).mode & 0o777, 0o755);
  t.same(
    (await git.statusMatrix(repository)).filter(([, head, work, stage]) => head !== work || work !== stage),
    [],
    'nothing has changed since the checkout',
  );

  await client.writeFile('/repository/src/a', 'two\n');
  await client.writeFile('/repository/new file', 'new\n');
  await git.add({ ...repository, filepath: ['src/a', 'new file'] });
  await git.remove({ ...repository, filepath: 'run' });
  const made = await git.commit({ ...repository, author, message: 'second' });
  await git.branch({ ...repository, ref: 'side', checkout: true });
  await git.checkout({ ...repository, ref: 'main' });
  const log = await git.log(repository);
  t.same(
    log.map(({ commit }) => commit.message),
    ['second\n', 'first\n'],
  );
  await git.push({ ...repository, http });
  t.equal(run('-C', bare, 'rev-parse', 'main').trim(), made, 'the real git has what was pushed');
  run('-C', bare, 'fsck', '--strict');
  t.equal(run('-C', bare, 'ls-tree', '-r', '--name-only', 'main'), 'new file\nsrc/a\nsrc/l\n');
});

t.test('glob walks a workspace', async (t) => {
  const { client } = await openWorkspace(t);
  for (const path of ['/a/b/one.ts', '/a/two.ts', '/a/b/c.js']) {
    await client.mkdir(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    await client.writeFile(path, '');
  }
  await client.symlink('b', '/a/link');
  const fs = client.fs as unknown as NonNullable<GlobOptions['fs']>;
  t.same((await glob('**/*.ts', { cwd: '/a', fs })).sort(), ['b/one.ts', 'two.ts']);
});

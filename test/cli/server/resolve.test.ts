/**
 * `agentfs sync resolve` by the command: by a strategy, for some paths, and by asking, over a pipe.
 */
import t from 'tap';
import type { Conflict, ResolveReport } from '#src/sdk/typescript/index.js';
import { type Agent, endOf } from '../agentfs-process.js';
import { inConflict, TEXT, type Two } from '../in-conflict.js';

t.setTimeout(180_000);

async function contentsOf({ within }: Two, agent: Agent): Promise<Record<string, string>> {
  return await within(agent, async (workspace) => {
    await workspace.sync.pull();
    const found: Record<string, string> = {};
    for (const name of await workspace.readdir('/'))
      found[name] = await workspace.readFile(`/${name}`, 'utf8');
    return found;
  });
}

t.test('one by its path, several, and the rest; what was asked for is on both sides', async (t) => {
  const two = await inConflict(t, {
    '/f': ['here', 'there'],
    '/g': [TEXT.replace('one', 'ONE'), TEXT.replace('four', 'FOUR')],
    '/h': ['here', 'there'],
  });
  const { a, b } = two;
  t.match(await b.run(['sync', 'push', 'w']), {
    code: 3,
    stdout: /^PATH[\s\S]*agentfs sync resolve w --interactive/,
  });
  t.match(await b.run(['sync', 'resolve', 'w', 'f', '--strategy', 'local']), {
    code: 0,
    stdout: 'Resolved /f: local\n2 conflicts still wait\n',
  });
  const merge = await b.json<ResolveReport>(['sync', 'resolve', 'w', '/g', '/h', '--strategy', 'merge']);
  t.match(merge, {
    code: 3,
    document: {
      resolved: [{ path: '/g', winner: 'local' }],
      refused: [{ path: '/h', reason: 'impossible', message: /overlap/, conflict: { path: '/h' } }],
      remaining: [{ path: '/h' }],
    },
  });
  t.match(await b.run(['sync', 'resolve', 'w', '--strategy', 'both']), {
    code: 0,
    stdout: 'Resolved /h: both\n',
  });
  t.match(await b.run(['sync', 'resolve', 'w', '--strategy', 'both']), { code: 0, stdout: 'No conflicts\n' });
  for (const agent of [a, b]) {
    const { f, g, h, ...copy } = await contentsOf(two, agent);
    t.strictSame([f, g, h], ['here', 'ONE\ntwo\nthree\nFOUR\n', 'here']);
    t.match(Object.keys(copy), [/^h\.conflict-[0-9a-f]{8}-\d{8}T\d{6}Z$/]);
    t.strictSame(Object.values(copy), ['there'], 'the version of the remote beside it');
  }
});

t.test('a conflict has the documented shape; what cannot be asked for is refused', async (t) => {
  const { b } = await inConflict(t, { '/f': ['here', 'there'] });
  const { document } = await b.json<readonly Conflict[]>(['sync', 'conflicts', 'w']);
  t.strictSame(Object.keys(document[0] ?? {}), ['id', 'path', 'type', 'base', 'local', 'remote']);
  const side = ['kind', 'size', 'mtime', 'hash', 'mode'];
  t.strictSame(Object.keys(document[0]?.local ?? {}), side);
  t.strictSame(Object.keys(document[0]?.remote ?? {}), [...side, 'agent', 'revision']);
  const pushed = await b.json<{ error: { data: { conflicts: unknown } } }>(['sync', 'push', 'w']);
  t.strictSame(pushed.document.error.data.conflicts, document, 'the error of a push has the same');
  t.match(await b.run(['sync', 'resolve', 'w']), { code: 2, stderr: /--strategy or --interactive/ });
  t.equal((await b.run(['sync', 'resolve', 'w', '--strategy', 'local', '--interactive'])).code, 2);
  t.equal((await b.run(['sync', 'resolve', 'w', '--strategy', 'newest'])).code, 2);
  t.match(await b.json(['sync', 'resolve', 'w', '--interactive']), {
    code: 2,
    document: { error: { code: 'USAGE' } },
  });
  t.match(await b.run(['sync', 'resolve', 'w', '/no', '--strategy', 'local']), {
    code: 1,
    stderr: /nothing is in conflict at \/no\n/,
  });
});

t.test(
  'asking: keys are explained, each answer is carried out, the end of the input leaves the rest',
  async (t) => {
    const two = await inConflict(t, {
      '/f': ['here\n', 'there\n'],
      '/g': ['here', 'there'],
      '/h': ['here', 'there'],
    });
    const { a, b } = two;
    const asked = await b.run(['sync', 'resolve', 'w', '--interactive'], { input: '?\nmerge\nr\ns\n' });
    t.equal(asked.code, 3);
    t.match(
      asked.stdout,
      /Conflict 1 of 3: \/f \(modify\/modify\)\n {2}here: {3}5 B, .*\n {2}remote: 6 B, .*revision 2\n/,
    );
    t.match(asked.stdout, /\n-here\n\+there\n/);
    t.match(asked.stdout, /\n {2}m {2}merge {3}join the edits/);
    t.match(asked.stdout, /\/f: the edits of both sides overlap, first at line 1\n/);
    t.match(asked.stdout, /Resolved \/f: remote\n/);
    t.match(asked.stdout, /Resolved 1; 2 conflicts left as before\n$/);
    t.same(await contentsOf(two, a), { f: 'there\n', g: 'there', h: 'there' });
    t.same(
      await contentsOf(two, b),
      { f: 'there\n', g: 'here', h: 'here' },
      'what was passed over is as before',
    );

    const child = b.spawn(['sync', 'resolve', 'w', '--interactive'], { keepInput: true });
    const ended = endOf(child);
    let seen = '';
    let answered = false;
    child.stdout?.on('data', (data) => {
      seen += data;
      if (!answered && /help\] $/.test(seen)) {
        answered = true;
        child.stdin?.write('l\n');
      } else if (/Conflict 2 of 2[\s\S]*help\] $/.test(seen)) child.kill('SIGINT');
    });
    t.match(await ended, {
      code: 130,
      stdout: /Resolved \/g: local[\s\S]*Resolved 1; 1 conflict left as before\n$/,
    });
    t.match(await b.json(['sync', 'conflicts', 'w']), { document: [{ path: '/h' }] });
  },
);

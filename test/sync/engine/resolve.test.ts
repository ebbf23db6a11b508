/**
 * A person decides conflicts: every type of conflict by every strategy ends with both agents equal, with the content that
 * was asked for; and what has changed since it was listed is refused.
 */
import t, { type Test } from 'tap';
import type { SyncConflict } from '#src/sync/index.js';
import { type Agent, fileRemote, pair, settle } from './agent.js';
import { Room } from './room.js';

t.setTimeout(120_000);

type Act = (room: Room) => void;
/** What every path holds in the end, directories as `dir`; a text in `refused` says why it cannot be had. */
type Outcome = Readonly<Record<string, string>> | { readonly refused: RegExp };

interface Story {
  readonly base?: Act;
  /** Pushed first: the remote's side. */
  readonly there: Act;
  readonly here: Act;
  /** `type path` of each conflict. */
  readonly conflicts: readonly string[];
  readonly local: Outcome;
  readonly remote: Outcome;
  readonly both: Outcome;
  readonly merge: Outcome;
}

const TEXT = 'one\ntwo\nthree\nfour\nfive\n';
const [HERE, THERE] = [TEXT.replace('one', 'here'), TEXT.replace('five', 'there')];
const MERGED = HERE.replace('five', 'there');
const COPY = '*';
const base: Act = (a) => {
  a.mkdir('/d');
  a.write('/d/f.txt', TEXT);
};

const STORIES: Readonly<Record<string, Story>> = {
  'modify/modify': {
    base,
    there: (a) => a.write('/d/f.txt', THERE),
    here: (b) => b.write('/d/f.txt', HERE),
    conflicts: ['modify/modify /d/f.txt'],
    local: { '/d': 'dir', '/d/f.txt': HERE },
    remote: { '/d': 'dir', '/d/f.txt': THERE },
    both: { '/d': 'dir', '/d/f.txt': HERE, [`/d/f${COPY}.txt`]: THERE },
    merge: { '/d': 'dir', '/d/f.txt': MERGED },
  },
  'modify/modify, both as editors save': {
    base,
    there: (a) => a.replace('/d/f.txt', THERE),
    here: (b) => b.replace('/d/f.txt', HERE),
    conflicts: ['modify/modify /d/f.txt'],
    local: { '/d': 'dir', '/d/f.txt': HERE },
    remote: { '/d': 'dir', '/d/f.txt': THERE },
    both: { '/d': 'dir', '/d/f.txt': HERE, [`/d/f${COPY}.txt`]: THERE },
    merge: { '/d': 'dir', '/d/f.txt': MERGED },
  },
  'modify/modify, there as an editor saves': {
    base,
    there: (a) => a.replace('/d/f.txt', THERE),
    here: (b) => b.write('/d/f.txt', HERE),
    conflicts: ['modify/modify /d/f.txt'],
    local: { '/d': 'dir', '/d/f.txt': HERE },
    remote: { '/d': 'dir', '/d/f.txt': THERE },
    both: { '/d': 'dir', '/d/f.txt': HERE, [`/d/f${COPY}.txt`]: THERE },
    merge: { '/d': 'dir', '/d/f.txt': MERGED },
  },
  'modify/modify of the same line': {
    base,
    there: (a) => a.write('/d/f.txt', TEXT.replace('two', '2')),
    here: (b) => b.write('/d/f.txt', TEXT.replace('two', 'zwei')),
    conflicts: ['modify/modify /d/f.txt'],
    local: { '/d': 'dir', '/d/f.txt': TEXT.replace('two', 'zwei') },
    remote: { '/d': 'dir', '/d/f.txt': TEXT.replace('two', '2') },
    both: {
      '/d': 'dir',
      '/d/f.txt': TEXT.replace('two', 'zwei'),
      [`/d/f${COPY}.txt`]: TEXT.replace('two', '2'),
    },
    merge: { refused: /overlap, first at line 2/ },
  },
  'modify/modify of what is no text, and large': {
    base: (a) => a.write('/big', Buffer.alloc(300_000, 1)),
    there: (a) => a.write('/big', Buffer.alloc(300_000, 0)),
    here: (b) => b.write('/big', Buffer.alloc(200_000, 2)),
    conflicts: ['modify/modify /big'],
    local: { '/big': '\u0002'.repeat(200_000) },
    remote: { '/big': '\0'.repeat(300_000) },
    both: { '/big': '\u0002'.repeat(200_000), [`/big${COPY}`]: '\0'.repeat(300_000) },
    merge: { refused: /the remote's file is binary/ },
  },
  'delete/modify': {
    base,
    there: (a) => a.write('/d/f.txt', THERE),
    here: (b) => b.unlink('/d/f.txt'),
    conflicts: ['delete/modify /d/f.txt'],
    local: { '/d': 'dir' },
    remote: { '/d': 'dir', '/d/f.txt': THERE },
    both: { '/d': 'dir', '/d/f.txt': THERE },
    merge: { refused: /one side deleted it/ },
  },
  'modify/delete': {
    base,
    there: (a) => a.unlink('/d/f.txt'),
    here: (b) => b.write('/d/f.txt', HERE),
    conflicts: ['modify/delete /d/f.txt'],
    local: { '/d': 'dir', '/d/f.txt': HERE },
    remote: { '/d': 'dir' },
    both: { '/d': 'dir', '/d/f.txt': HERE },
    merge: { refused: /one side deleted it/ },
  },
  'modify/delete in a directory that went with it': {
    base,
    there: (a) => a.remove('/d'),
    here: (b) => b.write('/d/f.txt', HERE),
    conflicts: ['modify/delete /d/f.txt'],
    local: { '/d': 'dir', '/d/f.txt': HERE },
    remote: {},
    both: { '/d': 'dir', '/d/f.txt': HERE },
    merge: { refused: /one side deleted it/ },
  },
  'create/create': {
    there: (a) => a.write('/new', 'there'),
    here: (b) => b.write('/new', 'here'),
    conflicts: ['create/create /new'],
    local: { '/new': 'here' },
    remote: { '/new': 'there' },
    both: { '/new': 'here', [`/new${COPY}`]: 'there' },
    merge: { refused: /without a common ancestor/ },
  },
  'rename/rename of a file': {
    base,
    there: (a) => a.rename('/d/f.txt', '/there'),
    here: (b) => b.rename('/d/f.txt', '/here'),
    conflicts: ['rename/rename /here'],
    local: { '/d': 'dir', '/here': TEXT },
    remote: { '/d': 'dir', '/there': TEXT },
    both: { '/d': 'dir', '/here': TEXT, '/there': TEXT },
    merge: { refused: /contents are equal/ },
  },
  'rename/rename of a directory': {
    base,
    there: (a) => a.rename('/d', '/there'),
    here: (b) => b.rename('/d', '/here'),
    conflicts: ['rename/rename /here'],
    local: { '/here': 'dir', '/here/f.txt': TEXT },
    remote: { '/there': 'dir', '/there/f.txt': TEXT },
    both: { refused: /a directory has one name/ },
    merge: { refused: /only files are merged/ },
  },
  'move/cycle': {
    base: (a) => {
      for (const name of ['x', 'y']) {
        a.mkdir(`/${name}`);
        a.write(`/${name}/f`, name);
      }
    },
    there: (a) => a.rename('/y', '/x/y'),
    here: (b) => b.rename('/x', '/y/x'),
    conflicts: ['move/cycle /y/x'],
    local: { '/y': 'dir', '/y/f': 'y', '/y/x': 'dir', '/y/x/f': 'x' },
    remote: { '/x': 'dir', '/x/f': 'x', '/x/y': 'dir', '/x/y/f': 'y' },
    both: { refused: /cannot stand in each other/ },
    merge: { refused: /only files are merged/ },
  },
  'directory/deleted here': {
    base: (a) => {
      base(a);
      a.write('/other', 'moved into it');
    },
    there: (a) => {
      a.write('/d/new', 'made there');
      a.rename('/other', '/d/other');
    },
    here: (b) => b.remove('/d'),
    conflicts: ['directory/deleted /d'],
    local: { '/other': 'moved into it' },
    // What was deleted and touched by nobody else had gone with the push before.
    remote: { '/d': 'dir', '/d/new': 'made there', '/d/other': 'moved into it' },
    both: { '/d': 'dir', '/d/new': 'made there', '/d/other': 'moved into it' },
    merge: { refused: /one side deleted it/ },
  },
  'directory/deleted there': {
    base,
    there: (a) => a.remove('/d'),
    here: (b) => {
      b.mkdir('/d/deep');
      b.write('/d/deep/new', 'made here');
    },
    conflicts: ['directory/deleted /d'],
    local: { '/d': 'dir', '/d/f.txt': TEXT, '/d/deep': 'dir', '/d/deep/new': 'made here' },
    remote: {},
    both: { '/d': 'dir', '/d/f.txt': TEXT, '/d/deep': 'dir', '/d/deep/new': 'made here' },
    merge: { refused: /one side deleted it/ },
  },
  'type/type, a directory there': {
    there: (a) => {
      a.mkdir('/t');
      a.write('/t/inside', 'there');
    },
    here: (b) => b.write('/t', 'a file here'),
    conflicts: ['type/type /t'],
    local: { '/t': 'a file here' },
    remote: { '/t': 'dir', '/t/inside': 'there' },
    both: { '/t': 'a file here', [`/t${COPY}`]: 'dir', [`/t${COPY}/inside`]: 'there' },
    merge: { refused: /only files are merged/ },
  },
  'type/type, a directory here': {
    there: (a) => a.symlink('somewhere', '/t'),
    here: (b) => {
      b.mkdir('/t');
      b.write('/t/inside', 'here');
    },
    conflicts: ['type/type /t'],
    local: { '/t': 'dir', '/t/inside': 'here' },
    remote: { '/t': '-> somewhere' },
    both: { '/t': 'dir', '/t/inside': 'here', [`/t${COPY}`]: '-> somewhere' },
    merge: { refused: /only files are merged/ },
  },
  'two symlinks that both changed': {
    base: (a) => a.symlink('old', '/l'),
    there: (a) => {
      a.unlink('/l');
      a.symlink('there', '/l');
    },
    here: (b) => {
      b.unlink('/l');
      b.symlink('here', '/l');
    },
    conflicts: ['modify/modify /l'],
    local: { '/l': '-> here' },
    remote: { '/l': '-> there' },
    both: { '/l': '-> here', [`/l${COPY}`]: '-> there' },
    merge: { refused: /only files are merged/ },
  },
  'attributes alone': {
    base,
    there: (a) => a.setattr('/d/f.txt', { mode: 0o600 }),
    here: (b) => b.setattr('/d/f.txt', { mode: 0o640 }),
    conflicts: ['modify/modify /d/f.txt'],
    local: { '/d': 'dir', '/d/f.txt': TEXT, mode: '640' },
    remote: { '/d': 'dir', '/d/f.txt': TEXT, mode: '600' },
    both: { '/d': 'dir', '/d/f.txt': TEXT, [`/d/f${COPY}.txt`]: TEXT },
    merge: { refused: /contents are equal/ },
  },
};

/** Everything in a directory, with the names of copies made short. */
function contentsOf(agent: Agent, top: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string) => {
    for (const name of agent.names(top + path)) {
      const at = `${path}/${name}`;
      const inode = agent.inode(top + at);
      const key = at.replace(/\.conflict-[0-9a-f]{8}-\d{8}T\d{6}Z/, COPY);
      if (agent.isDirectory(inode)) {
        found[key] = 'dir';
        visit(at);
      } else {
        const isLink = (inode.mode & 0o170000) === 0o120000;
        found[key] = isLink ? `-> ${agent.vfs.readlink(inode)}` : agent.bytes(inode).toString('latin1');
      }
    }
  };
  visit('');
  return found;
}

const told = ({ type, path }: Pick<SyncConflict, 'type' | 'path'>) => `${type} ${path}`;
const rooms = Object.entries(STORIES).map(([name, story], index) => ({ name, story, at: `/room-${index}` }));
const isIn = (at: string) => (it: { readonly path: string }) => it.path.startsWith(`${at}/`);
const withoutRoom = ({ type, path }: SyncConflict) => told({ type, path: path.replace(/^\/room-\d+/, '') });

type Agents = { readonly a: Agent; readonly b: Agent };

/** Two agents under manual that had the same, of whom `a` has pushed its side since; `b` has met it with its own. */
async function contested(
  t: Test,
  acts: { readonly base: (a: Agent) => void } & Readonly<Record<'there' | 'here', (agent: Agent) => void>>,
): Promise<Agents> {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual' });
  acts.base(a);
  await settle(a, b);
  acts.there(a);
  await a.engine.push();
  acts.here(b);
  await b.engine.push();
  return { a, b };
}

for (const strategy of ['local', 'remote', 'both', 'merge'] as const) {
  t.test(`every type of conflict is resolved by ${strategy}, or refused with the reason`, async (t) => {
    const { a, b } = await contested(t, {
      base: (a) => {
        for (const { story, at } of rooms) {
          a.mkdir(at);
          story.base?.(new Room(a, at));
        }
      },
      there: (a) => {
        for (const { story, at } of rooms) story.there(new Room(a, at));
      },
      here: (b) => {
        for (const { story, at } of rooms) story.here(new Room(b, at));
      },
    });
    const listed = await b.engine.conflicts();
    for (const { name, story, at } of rooms) {
      t.same(listed.filter(isIn(at)).map(withoutRoom), story.conflicts, name);
    }

    const report = await b.engine.resolve(undefined, { strategy });
    for (const { name, story, at } of rooms) {
      const outcome = story[strategy];
      const [resolved, refused] = [report.resolved.filter(isIn(at)), report.refused.filter(isIn(at))];
      if (outcome.refused instanceof RegExp) {
        t.match(refused, [{ reason: 'impossible', message: outcome.refused }], name);
        t.same(
          report.remaining.filter(isIn(at)).map(withoutRoom),
          story.conflicts,
          `${name} waits as before`,
        );
        continue;
      }
      t.same(refused, [], name);
      t.same(resolved.map(withoutRoom), story.conflicts, name);
      t.ok(resolved.every(({ winner }) => winner !== undefined));
      const { mode, ...expected } = outcome as Record<string, string>;
      t.same(contentsOf(b, at), expected, name);
      if (mode !== undefined) t.equal((b.inode(`${at}/d/f.txt`).mode & 0o777).toString(8), mode, name);
    }
    t.same((await b.engine.resolve(undefined, { strategy: 'local' })).remaining, []);
    t.match(await b.engine.status(), { syncStatus: 'synced', pendingConflicts: 0, pendingChanges: 0 });
    await a.engine.pull();
    t.equal(a.tree(), b.tree(), 'both agents are equal');
    for (const { engine } of [a, b]) {
      t.match(await engine.push(), { rowsWritten: 0, conflicts: [] });
      t.match(await engine.pull(), { pulled: 0, conflicts: [] });
    }
    t.same([...a.errors, ...b.errors], []);
  });
}

/** A workspace of two agents in which both edited some files, the remote's versions being those of `a`. */
function edited(t: Test, ...paths: string[]): Promise<Agents> {
  return contested(t, {
    base: (a) => {
      a.mkdir('/d');
      for (const path of paths) a.write(path, 'base');
    },
    there: (a) => {
      for (const path of paths) a.write(path, `${path} of a`);
    },
    here: (b) => {
      for (const path of paths) b.write(path, `${path} of b`);
    },
  });
}

t.test('one conflict, those below a path, or some by id: nothing else is decided', async (t) => {
  const { a, b } = await edited(t, '/f', '/g', '/h', '/d/x', '/d/y');
  const listed = await b.engine.conflicts();
  t.match(await b.engine.resolve(['/f'], { strategy: 'local' }), {
    resolved: [{ path: '/f', winner: 'local' }],
    refused: [],
    remaining: [{ path: '/d/x' }, { path: '/d/y' }, { path: '/g' }, { path: '/h' }],
  });
  const below = await b.engine.resolve(['/d'], { strategy: 'remote' });
  t.same(below.resolved.map(({ path }) => path).sort(), ['/d/x', '/d/y']);
  const some = listed.filter(({ path }) => path === '/g');
  t.match(await b.engine.resolve(some, { strategy: 'remote' }), { remaining: [{ path: '/h' }] });
  await a.engine.pull();
  for (const agent of [a, b]) {
    t.equal(agent.read('/f'), '/f of b');
    t.equal(agent.read('/d/x'), '/d/x of a');
    t.equal(agent.read('/g'), '/g of a');
  }
  t.equal(b.read('/h'), '/h of b');
  t.equal(a.read('/h'), '/h of a');
  t.match(await b.engine.resolve(['/nowhere'], { strategy: 'local' }), {
    resolved: [],
    refused: [{ path: '/nowhere', reason: 'gone' }],
  });
});

t.test('a resolve of what the remote has changed since is refused, and shows the new state', async (t) => {
  const strategies = ['local', 'remote', 'both', 'merge'] as const;
  const { a, b } = await edited(t, ...strategies.map((it) => `/${it}`));
  const listed = await b.engine.conflicts();
  for (const strategy of strategies) a.write(`/${strategy}`, 'a has thought again');
  await a.engine.push();
  const size = 'a has thought again'.length;
  for (const strategy of ['merge', 'local', 'remote', 'both'] as const) {
    const path = `/${strategy}`;
    // As it was listed; and by its path, before a look at the remote has told of the change.
    const references =
      strategy === 'merge' || strategy === 'both' ? [path] : listed.filter((it) => it.path === path);
    const report = await b.engine.resolve(references, { strategy });
    t.match(report, { resolved: [], refused: [{ path, reason: 'changed' }] }, strategy);
    if (strategy === 'local') t.match(report.refused, [{ conflict: { remote: { size } } }]);
    t.equal(b.read(path), `${path} of b`);
    // That was the look: now the paths mean what is there.
    if (strategy === 'local')
      t.match(await b.engine.resolve(['/both'], { strategy: 'both' }), { refused: [] });
    if (strategy === 'remote') break;
  }
  t.match(await b.engine.resolve(undefined, { strategy: 'local' }), { refused: [], remaining: [] });
  await a.engine.pull();
  t.equal(a.read('/local'), '/local of b', 'a second look decides');
  t.equal(a.tree(), b.tree());
});

t.test('what was edited here since it was listed is not overwritten, and may win by its path', async (t) => {
  const { a, b } = await edited(t, '/f');
  const listed = await b.engine.conflicts();
  b.write('/f', 'b has thought again');
  for (const reference of [listed, ['/f']]) {
    t.match(await b.engine.resolve(reference, { strategy: 'remote' }), { refused: [{ reason: 'changed' }] });
    t.not(b.read('/f'), '/f of a');
    b.write('/f', 'and once more');
  }
  t.match(await b.engine.resolve(listed, { strategy: 'local' }), { refused: [{ reason: 'changed' }] });
  b.write('/f', 'merged by hand');
  t.match(await b.engine.resolve(['/f'], { strategy: 'local' }), { refused: [], remaining: [] });
  await a.engine.pull();
  t.equal(a.read('/f'), 'merged by hand');
});

t.test('a resolve may be repeated, and does not turn round what was decided', async (t) => {
  const { b } = await edited(t, '/f');
  const listed = await b.engine.conflicts();
  t.match(await b.engine.resolve(listed, { strategy: 'local' }), { refused: [] });
  t.match(await b.engine.resolve(listed, { strategy: 'local' }), { refused: [], resolved: [] });
  t.match(await b.engine.resolve(listed, { strategy: 'remote' }), { refused: [{ reason: 'gone' }] });
  t.equal(b.read('/f'), '/f of b');
});

t.test('what nobody contests survives a decision: a mode changed on the side that lost', async (t) => {
  for (const strategy of ['local', 'remote'] as const) {
    const wins = (it: Agent) => it.write('/f', 'the winner');
    const loses = (it: Agent) => {
      it.write('/f', 'the loser');
      it.setattr('/f', { mode: 0o600 });
    };
    const { a, b } = await contested(t, {
      base: (a) => a.write('/f', 'base'),
      ...(strategy === 'local' ? { there: loses, here: wins } : { there: wins, here: loses }),
    });
    t.match(await b.engine.resolve(undefined, { strategy }), { refused: [], remaining: [] });
    await a.engine.pull();
    for (const agent of [a, b]) {
      t.equal(agent.read('/f'), 'the winner');
      t.equal(agent.inode('/f').mode & 0o777, 0o600);
    }
  }
});

t.test('two agents that resolve each other into a corner still end equal', async (t) => {
  const { a, b } = await edited(t, '/f', '/g');
  a.write('/f', 'a again');
  // Both decide at the same time, each for itself.
  await Promise.all([b.engine.resolve(undefined, { strategy: 'local' }), a.engine.push()]);
  await a.engine.pull();
  for (let i = 0; i < 6; i += 1) {
    for (const { engine } of [a, b]) {
      await engine.push();
      await engine.resolve(undefined, { strategy: 'remote' });
      await engine.pull();
    }
  }
  t.equal(a.tree(), b.tree());
  t.same([await a.engine.conflicts(), await b.engine.conflicts()], [[], []]);
});

t.test('the versions can be looked at: text, and why there is none', async (t) => {
  const { a, b } = await edited(t, '/f');
  t.match(await b.engine.compare('/f'), {
    conflict: { path: '/f' },
    base: { kind: 'text', text: 'base' },
    local: { kind: 'text', text: '/f of b' },
    remote: { kind: 'text', text: '/f of a' },
  });
  b.write('/f', Buffer.from([0, 1, 2]));
  await b.engine.push();
  t.match(await b.engine.compare('/f'), { local: { kind: 'binary' } });
  a.unlink('/f');
  await a.engine.push();
  t.match(await b.engine.compare('/f'), { remote: { kind: 'changed' } });
  await t.rejects(b.engine.compare('/nowhere'), { code: 'SYNC_CONFLICT_GONE' });
});

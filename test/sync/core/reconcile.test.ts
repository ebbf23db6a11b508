/** Each kind of conflict, and each thing that is none, as one short story of two agents. */
import t from 'tap';
import { AgentFsError } from '#src/base/index.js';
import { type ConflictPolicy, MemoryTree, ROOT_NODE, type TreeView } from '#src/sync/core/index.js';
import { reconcile } from '#src/sync/core/reconcile.js';
import { type Round, type RoundOptions, sync, touchedBetween } from './round.js';
import { contents, picture, Scratch } from './scratch-tree.js';

type Act = (it: Scratch) => void;

/** Both agents begin with `before`; then each does its part. Later edits have later times. */
function story(before: Act, here: Act, there: Act) {
  const base = new Scratch();
  before(base);
  const local = new Scratch({ from: base, agent: 'here', salt: 2 });
  const remote = new Scratch({ from: base, agent: 'there', salt: 3 });
  here(local);
  there(remote);
  const three = { base: base.tree, local: local.tree, remote: remote.tree };
  return (policy: ConflictPolicy, options: Partial<RoundOptions> = {}) => sync(three, { policy, ...options });
}

function conflicts({ plan }: Round) {
  return plan.conflicts.map(({ type, path, winner }) => `${type} ${path} ${winner ?? 'held'}`);
}

function at(ms: number, act: Act): Act {
  return (it) => {
    it.now = ms;
    act(it);
  };
}

const nothing: Act = () => {};

t.test('A file that both edited is modify/modify, and the later edit wins', (t) => {
  const run = story(
    (it) => it.write('/f', 'old'),
    at(20, (it) => it.write('/f', 'here')),
    at(10, (it) => it.write('/f', 'there')),
  );
  const late = run('last-write-wins');
  t.same(conflicts(late), ['modify/modify /f local']);
  t.same(contents(late.remote), { '/f': 'here' });
  t.equal(late.plan.conflicts[0]?.remote?.hash, 'there', 'the loser is in the conflict');
  t.same(contents(run('remote-wins').local), { '/f': 'there' });
  t.same(contents(run('local-wins').remote), { '/f': 'here' });
  t.end();
});

t.test('At equal times the agent with the greater id wins, whoever asks', (t) => {
  const [base, here, there] = [new Scratch(), 'here', 'there'];
  base.write('/f', 'old');
  const [a, b] = [here, there].map((agent) => new Scratch({ from: base, agent })) as [Scratch, Scratch];
  a.write('/f', 'z by here');
  b.write('/f', 'a by there');
  const sides = { base: base.tree, local: a.tree, remote: b.tree };
  const swapped = { base: base.tree, local: b.tree, remote: a.tree };
  t.same(contents(sync(sides, { policy: 'last-write-wins', agent: here }).local), { '/f': 'a by there' });
  t.same(contents(sync(swapped, { policy: 'last-write-wins', agent: there }).local), { '/f': 'a by there' });
  t.end();
});

t.test('Under manual a conflicted file is touched on neither side and all else flows', (t) => {
  const run = story(
    (it) => it.write('/f', 'old'),
    (it) => {
      it.write('/f', 'here');
      it.write('/mine', 'new');
    },
    (it) => {
      it.write('/f', 'there');
      it.write('/theirs', 'new');
    },
  );
  const round = run('manual');
  t.same(conflicts(round), ['modify/modify /f held']);
  t.same(contents(round.local), { '/f': 'here', '/mine': 'new', '/theirs': 'new' });
  t.same(contents(round.remote), { '/f': 'there', '/mine': 'new', '/theirs': 'new' });
  t.end();
});

t.test('An edit here and a chmod there are merged without a conflict', (t) => {
  const run = story(
    (it) => it.write('/f', 'old'),
    (it) => it.write('/f', 'new'),
    (it) => it.edit('/f', { mode: 0o600 }),
  );
  const round = run('manual');
  t.same(conflicts(round), []);
  t.same(picture(round.local), { '/f': 'file new 600' });
  t.same(picture(round.remote), picture(round.local));
  t.end();
});

t.test('The same edit on both sides is no conflict, and only the base moves', (t) => {
  const edit: Act = (it) => it.write('/f', 'new');
  const { plan, base } = story((it) => it.write('/f', 'old'), edit, edit)('manual');
  t.same([plan.push, plan.apply, plan.conflicts], [[], [], []]);
  t.same(contents(base), { '/f': 'new' });
  t.end();
});

t.test('A file deleted here and edited there is delete/modify, and comes back', (t) => {
  const run = story(
    (it) => it.write('/f', 'old'),
    (it) => it.remove('/f'),
    (it) => it.write('/f', 'new'),
  );
  t.same(conflicts(run('last-write-wins')), ['delete/modify /f remote']);
  t.same(contents(run('last-write-wins').local), { '/f': 'new' });
  t.same(contents(run('local-wins').remote), {});
  t.equal(run('local-wins').plan.conflicts[0]?.remote?.hash, 'new');
  t.same(contents(run('manual').local), {});
  t.same(contents(run('manual').remote), { '/f': 'new' });
  t.end();
});

t.test('A deletion that is known to be later than the edit wins under last-write-wins', (t) => {
  const base = new Scratch();
  const f = base.write('/f', 'old');
  const local = new Scratch({ from: base, agent: 'here', salt: 2 });
  const remote = new Scratch({ from: base, agent: 'there', salt: 3 });
  local.now = 10;
  local.write('/f', 'new');
  remote.remove('/f');
  const three = { base: base.tree, local: local.tree, remote: remote.tree };
  for (const [deleted, winner] of [
    [11, 'remote'],
    [10, 'local'],
    [9, 'local'],
  ] as const) {
    const deletedAt = { local: new Map(), remote: new Map([[f, deleted]]) };
    const round = sync(three, { policy: 'last-write-wins', deletedAt });
    t.same(conflicts(round), [`modify/delete /f ${winner}`]);
    t.equal(contents(round.remote)['/f'], winner === 'local' ? 'new' : undefined);
  }
  t.end();
});

t.test('A file deleted on one side and untouched on the other is deleted without a conflict', (t) => {
  const round = story(
    (it) => it.write('/f', 'old'),
    (it) => it.remove('/f'),
    nothing,
  )('manual');
  t.same(conflicts(round), []);
  t.same(contents(round.remote), {});
  t.end();
});

t.test('Two different files made under one name are create/create, and the conflict has both', (t) => {
  const run = story(
    nothing,
    at(1, (it) => it.write('/f', 'here')),
    at(2, (it) => it.write('/f', 'there')),
  );
  const round = run('last-write-wins');
  t.same(conflicts(round), ['create/create /f remote']);
  t.same(contents(round.local), { '/f': 'there' });
  const [conflict] = round.plan.conflicts;
  t.same([conflict?.base, conflict?.local?.hash, conflict?.remote?.hash], [null, 'here', 'there']);
  t.not(conflict?.node, conflict?.remoteNode);
  t.same(contents(run('manual').remote), { '/f': 'there' });
  t.same(contents(run('manual').local), { '/f': 'here' });
  t.end();
});

t.test('Equal files made under one name are adopted with the time and owner of the remote', (t) => {
  const made =
    (uid: number): Act =>
    (it) => {
      it.write('/f', 'same');
      it.edit('/f', { uid, mtimeSec: uid });
    };
  const round = story(nothing, made(7), made(3))('manual');
  t.same(conflicts(round), []);
  t.equal(round.plan.adopt.size, 1);
  t.same(round.plan.push, []);
  const f = round.local.entry(ROOT_NODE, 'f')!;
  t.match(round.local.node(f), { uid: 3, mtimeSec: 3 });
  t.end();
});

t.test('Directories made under one name become one directory with what both put into it', (t) => {
  const run = story(
    nothing,
    (it) => {
      it.mkdir('/d');
      it.mkdir('/d/deep');
      it.write('/d/deep/mine', 'a');
    },
    (it) => {
      it.mkdir('/d');
      it.mkdir('/d/deep');
      it.write('/d/deep/theirs', 'b');
    },
  );
  for (const policy of ['last-write-wins', 'local-wins', 'remote-wins', 'manual'] as const) {
    const round = run(policy);
    t.same(conflicts(round), []);
    t.same(contents(round.local), { '/d': '', '/d/deep': '', '/d/deep/mine': 'a', '/d/deep/theirs': 'b' });
    t.same(contents(round.remote), contents(round.local));
  }
  t.end();
});

t.test('A directory against a file is type/type; the last write wins only among files', (t) => {
  const run = story(
    nothing,
    at(1, (it) => {
      it.mkdir('/x');
      it.write('/x/f', 'inside');
    }),
    at(9, (it) => it.write('/x', 'file')),
  );
  const round = run('last-write-wins');
  t.same(conflicts(round), ['type/type /x local']);
  t.same(contents(round.remote), { '/x': '', '/x/f': 'inside' });
  const lost = run('remote-wins');
  t.same(contents(lost.local), { '/x': 'file' });
  t.same(
    conflicts(lost),
    ['type/type /x remote', 'directory/deleted /x/f remote'],
    'each lost file is reported',
  );
  const held = run('manual');
  t.same(conflicts(held), ['type/type /x held'], 'what is in it only waits');
  t.same(contents(held.remote), { '/x': 'file' });
  t.end();
});

t.test('A file that both renamed differently is rename/rename and has one name in the end', (t) => {
  const run = story(
    (it) => it.write('/f', 'old'),
    at(5, (it) => it.move('/f', '/here')),
    at(6, (it) => it.move('/f', '/there')),
  );
  const round = run('last-write-wins');
  t.same(conflicts(round), ['rename/rename /here remote']);
  t.equal(round.plan.conflicts[0]?.remotePath, '/there');
  t.same(contents(round.local), { '/there': 'old' });
  t.same(contents(run('local-wins').remote), { '/here': 'old' });
  t.same(contents(run('manual').remote), { '/there': 'old' });
  t.end();
});

t.test('A rename here and an edit there meet in one file', (t) => {
  const round = story(
    (it) => it.write('/f', 'old'),
    (it) => it.move('/f', '/g'),
    (it) => it.write('/f', 'new'),
  )('manual');
  t.same(conflicts(round), []);
  t.same(contents(round.local), { '/g': 'new' });
  t.same(contents(round.remote), { '/g': 'new' });
  t.end();
});

t.test('A renamed directory of a thousand files is two changed entries', (t) => {
  const round = story(
    (it) => {
      it.mkdir('/d');
      for (let i = 0; i < 1000; i++) it.write(`/d/${i}`, `${i}`);
    },
    (it) => it.move('/d', '/e'),
    nothing,
  )('last-write-wins');
  t.equal(round.plan.push.length, 2);
  t.same(contents(round.remote)['/e/999'], '999');
  t.end();
});

t.test(
  'A file made in a directory that the other side deleted is directory/deleted and keeps the directory',
  (t) => {
    const run = story(
      (it) => {
        it.mkdir('/d');
        it.mkdir('/d/e');
        it.write('/d/e/old', 'old');
      },
      (it) => it.remove('/d'),
      (it) => it.write('/d/e/new', 'new'),
    );
    const round = run('last-write-wins');
    t.same(conflicts(round), ['directory/deleted /d remote'], 'one conflict, at the topmost directory');
    t.same(
      contents(round.local),
      { '/d': '', '/d/e': '', '/d/e/new': 'new' },
      'and the old file stays deleted',
    );
    const strict = run('local-wins');
    t.same(contents(strict.remote), {});
    t.same(conflicts(strict), ['directory/deleted /d local', 'directory/deleted /d/e/new local']);
    const held = run('manual');
    t.same(conflicts(held), ['directory/deleted /d held']);
    t.same(contents(held.local), {});
    t.equal(contents(held.remote)['/d/e/new'], 'new');
    t.end();
  },
);

t.test('A file moved into a directory that the policy deletes goes back to where it was', (t) => {
  const round = story(
    (it) => {
      it.mkdir('/d');
      it.write('/f', 'old');
    },
    (it) => it.remove('/d'),
    (it) => it.move('/f', '/d/f'),
  )('local-wins');
  t.same(conflicts(round), ['directory/deleted /d local']);
  t.same(contents(round.remote), { '/f': 'old' });
  t.end();
});

t.test('A directory that was moved here and deleted there comes back whole', (t) => {
  const run = story(
    (it) => {
      it.mkdir('/docs');
      it.mkdir('/docs/deep');
      it.write('/docs/deep/f', 'text');
    },
    (it) => it.move('/docs', '/manual'),
    (it) => it.remove('/docs'),
  );
  const round = run('last-write-wins');
  t.same(conflicts(round), ['modify/delete /manual local']);
  t.same(contents(round.remote), { '/manual': '', '/manual/deep': '', '/manual/deep/f': 'text' });
  t.same(contents(run('manual').local), contents(round.remote), 'and under manual it waits whole');
  t.same(contents(run('remote-wins').local), {});
  t.end();
});

t.test('A directory deleted here in which the other side only deleted, too, stays deleted', (t) => {
  const round = story(
    (it) => {
      it.mkdir('/d');
      it.write('/d/f', 'x');
    },
    (it) => it.remove('/d'),
    (it) => {
      it.remove('/d/f');
      it.edit('/d', { mtimeSec: 99 });
    },
  )('manual');
  t.same(conflicts(round), []);
  t.same(contents(round.remote), {});
  t.end();
});

t.test('Two moves that together close a circle are move/cycle, and the loser is undone', (t) => {
  const run = story(
    (it) => {
      it.mkdir('/a');
      it.mkdir('/b');
    },
    at(5, (it) => it.move('/a', '/b/a')),
    at(6, (it) => it.move('/b', '/a/b')),
  );
  const round = run('last-write-wins');
  t.same(conflicts(round), ['move/cycle /b/a remote']);
  t.same(Object.keys(contents(round.local)), ['/a', '/a/b']);
  t.same(Object.keys(contents(run('local-wins').remote)), ['/b', '/b/a']);
  const held = run('manual');
  t.same(Object.keys(contents(held.local)), ['/b', '/b/a']);
  t.same(Object.keys(contents(held.remote)), ['/a', '/a/b']);
  t.end();
});

t.test('Removing one of two names of a file does not delete the file', (t) => {
  const round = story(
    (it) => {
      it.write('/f', 'old');
      it.link('/f', '/g');
    },
    (it) => it.remove('/f'),
    (it) => it.write('/g', 'new'),
  )('manual');
  t.same(conflicts(round), []);
  t.same(contents(round.local), { '/g': 'new' });
  t.end();
});

t.test('When each side removes another of two names the file does not vanish', (t) => {
  const round = story(
    (it) => {
      it.write('/f', 'old');
      it.link('/f', '/g');
    },
    (it) => it.remove('/f'),
    (it) => it.remove('/g'),
  )('last-write-wins');
  t.equal(round.plan.conflicts[0]?.type, 'rename/rename');
  t.equal(Object.keys(contents(round.local)).length, 1);
  t.end();
});

t.test(
  'An editor that saves by renaming over the file conflicts with an edit in place as modify/modify',
  (t) => {
    for (const [here, there] of [
      [at(3, (it) => it.replace('/f', 'saved')), at(2, (it) => it.write('/f', 'edited'))],
      [at(2, (it) => it.write('/f', 'edited')), at(3, (it) => it.replace('/f', 'saved'))],
      [at(2, (it) => it.replace('/f', 'edited')), at(3, (it) => it.replace('/f', 'saved'))],
    ] as const) {
      const round = story((it) => it.write('/f', 'old'), here, there)('last-write-wins');
      t.equal(round.plan.conflicts.length, 1);
      t.match(round.plan.conflicts[0], { type: 'modify/modify', path: '/f' });
      t.same(contents(round.local), { '/f': 'saved' });
    }
    t.end();
  },
);

t.test('A directory replaced by a new one on one side keeps what the other side made in it', (t) => {
  for (const swap of [false, true]) {
    const replaces: Act = (it) => {
      it.remove('/d');
      it.mkdir('/d');
    };
    const makes: Act = (it) => it.write('/d/new', 'new');
    const before: Act = (it) => {
      it.mkdir('/d');
      it.write('/d/old', 'old');
    };
    const round = story(before, swap ? makes : replaces, swap ? replaces : makes)('manual');
    t.same(conflicts(round), []);
    t.same(contents(round.local), { '/d': '', '/d/new': 'new' });
    t.same(contents(round.remote), contents(round.local));
  }
  t.end();
});

t.test('Two names that are swapped are two changed entries', (t) => {
  const round = story(
    (it) => {
      it.write('/a', 'A');
      it.write('/b', 'B');
    },
    (it) => {
      it.move('/a', '/tmp');
      it.move('/b', '/a');
      it.move('/tmp', '/b');
    },
    nothing,
  )('last-write-wins');
  t.equal(round.plan.push.length, 2);
  t.same(contents(round.remote), { '/a': 'B', '/b': 'A' });
  t.end();
});

t.test('A conflict found again has the same id, and other states have another', (t) => {
  const told = (text: string) =>
    story(
      (it) => it.write('/f', 'old'),
      (it) => it.write('/f', text),
      (it) => it.write('/f', 'there'),
    )('manual');
  const first = told('here');
  const again = sync(first, { policy: 'manual' });
  t.equal(again.plan.conflicts[0]?.id, first.plan.conflicts[0]?.id);
  t.match(first.plan.conflicts[0]?.id, /^[0-9a-f]{16}$/);
  t.not(told('other').plan.conflicts[0]?.id, first.plan.conflicts[0]?.id);
  t.end();
});

t.test('A node that is of two kinds stops the sync with REMOTE_CORRUPT', (t) => {
  const run = story(
    (it) => it.write('/f', 'old'),
    nothing,
    (it) => it.edit('/f', { kind: 'directory' }),
  );
  t.throws(() => run('last-write-wins'), AgentFsError);
  t.throws(() => run('last-write-wins'), { code: 'REMOTE_CORRUPT' });
  t.end();
});

t.test('An empty remote gets everything, the root with it', (t) => {
  const local = new Scratch({ agent: 'here', salt: 2 });
  local.mkdir('/d');
  local.write('/d/f', 'x');
  const round = sync(
    { base: new MemoryTree(), local: local.tree, remote: new MemoryTree() },
    { policy: 'manual' },
  );
  t.same(round.remote.problems(), []);
  t.same(contents(round.remote), { '/d': '', '/d/f': 'x' });
  t.end();
});

t.test('Of a deleted or a new directory only the directory itself must be touched', (t) => {
  const base = new Scratch();
  base.mkdir('/d');
  base.mkdir('/d/e');
  base.write('/d/e/f', 'x');
  const gone = new Scratch({ from: base, agent: 'here' });
  gone.remove('/d');
  const top = { nodes: new Set([base.at('/d')]), entries: [{ parent: ROOT_NODE, name: 'd' }] };
  const none = { nodes: new Set<string>(), entries: [] };
  const deleted = sync(
    { base: base.tree, local: gone.tree, remote: base.tree },
    { policy: 'manual', touched: { local: top, remote: none } },
  );
  t.same(contents(deleted.remote), {});
  t.same(deleted.remote.problems(), []);
  const made = sync(
    { base: gone.tree, local: gone.tree, remote: base.tree },
    { policy: 'manual', touched: { local: none, remote: top } },
  );
  t.same(contents(made.local), contents(base.tree));
  t.end();
});

t.test('The base keeps the place of a file in conflict though both sides have left it', (t) => {
  const run = story(
    (it) => {
      it.mkdir('/d');
      it.write('/d/f', 'x');
    },
    (it) => it.remove('/d'),
    (it) => {
      it.move('/d/f', '/g');
      it.remove('/d');
    },
  );
  const first = run('manual');
  t.same(conflicts(first), ['delete/modify /g held']);
  const [place] = first.base.entriesOf(first.plan.conflicts[0]!.node);
  t.equal(place?.name, 'f');
  t.same(conflicts(sync(first, { policy: 'manual' })), conflicts(first));
  t.end();
});

t.test('A time that differs by a nanosecond is a change', (t) => {
  const round = story(
    (it) => it.write('/f', 'x'),
    (it) => it.edit('/f', { mtimeNsec: 1 }),
    nothing,
  )('manual');
  t.equal(round.remote.node(round.remote.entry(ROOT_NODE, 'f')!)?.mtimeNsec, 1);
  t.end();
});

t.test('Of two new times of the same content the later is taken without a conflict', (t) => {
  const touch =
    (mtimeSec: number): Act =>
    (it) =>
      it.edit('/f', { mtimeSec });
  const round = story((it) => it.write('/f', 'x'), touch(50), touch(40))('manual');
  t.same(conflicts(round), []);
  t.equal(round.remote.node(round.remote.entry(ROOT_NODE, 'f')!)?.mtimeSec, 50);
  t.end();
});

/** Counts what a reconcile asks of a tree. */
function counted(tree: TreeView, count: { asked: number }): TreeView {
  const asked = () => {
    count.asked++;
    return tree;
  };
  return {
    node: (id) => asked().node(id),
    entry: (parent, name) => asked().entry(parent, name),
    entriesOf: (id) => asked().entriesOf(id),
    *children(parent) {
      for (const entry of tree.children(parent)) {
        asked();
        yield entry;
      }
    },
  };
}

t.test('The work grows with what is touched, not with the workspace', (t) => {
  const askedOf = (files: number) => {
    const base = new Scratch();
    base.mkdir('/d');
    for (let i = 0; i < files; i++) base.write(`/d/${i}`, `${i}`);
    const local = new Scratch({ from: base, agent: 'here', salt: 2 });
    local.write('/d/1', 'new');
    local.write('/d/made', 'new');
    local.remove('/d/2');
    const count = { asked: 0 };
    const touched = {
      local: touchedBetween(base.tree, local.tree),
      remote: { nodes: new Set<string>(), entries: [] },
    };
    const [a, b, c] = [base.tree, local.tree, base.tree].map((tree) => counted(tree, count));
    const plan = reconcile({
      base: a!,
      local: b!,
      remote: c!,
      touched,
      policy: 'last-write-wins',
      tieBreak: { agent: 'here' },
    });
    t.equal(plan.push.length, 5);
    return count.asked;
  };
  t.equal(askedOf(5_000), askedOf(5));
  t.ok(askedOf(5) < 120);
  t.end();
});

/** Each kind of conflict over a node by itself, and each thing that is none, as one short story of two agents. */
import t from 'tap';
import { AgentFsError } from '#src/base/index.js';
import { MemoryTree, ROOT_NODE, type TreeView } from '#src/sync/core/index.js';
import { reconcile } from '#src/sync/core/reconcile.js';
import { sync, touchedBetween } from './round.js';
import { contents, picture, Scratch } from './scratch-tree.js';
import { type Act, at, conflicts, nothing, story } from './two-agents.js';

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

t.test('A conflict about a directory stays the same where a file in it got a name elsewhere', (t) => {
  const first = story(
    (it) => {
      it.write('/f', 'old');
      it.mkdir('/d');
      it.link('/f', '/d/f');
    },
    (it) => it.remove('/d'),
    (it) => {
      it.move('/f', '/g');
      it.mkdir('/d/new');
    },
  )('manual');
  t.same(conflicts(first), ['directory/deleted /d held']);
  const again = sync(first, { policy: 'manual' });
  t.equal(again.plan.conflicts[0]?.id, first.plan.conflicts[0]?.id);
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

t.test('A symlink that one side made anew is no edit of the one that the other side touched', (t) => {
  const target = (it: Scratch, hash: string) => it.make('/l', 'symlink', { hash, size: hash.length });
  const run = story(
    (it) => target(it, 'one'),
    at(20, (it) => {
      it.remove('/l');
      target(it, 'two');
    }),
    at(10, (it) => it.edit('/l', { uid: 5 })),
  );
  for (const policy of ['last-write-wins', 'local-wins', 'remote-wins'] as const) {
    const [was, round] = [run('manual'), run(policy)];
    t.same(contents(round.local), contents(round.remote), policy);
    // What a link points to is made with it and never changes.
    for (const [id, { hash }] of round.remote.nodes()) {
      const before = was.remote.node(id);
      if (before !== undefined) t.equal(hash, before.hash, policy);
    }
  }
  t.end();
});

t.test('A circle of three is the same conflict wherever it is found again', (t) => {
  const first = story(
    (it) => {
      for (const path of ['/a', '/b', '/c', '/b/x', '/c/y']) it.mkdir(path);
    },
    (it) => {
      it.move('/b/x', '/a/x');
      it.move('/c/y', '/a/x/y');
    },
    (it) => {
      it.mkdir('/c/y/new');
      it.move('/a', '/c/y/a');
    },
  )('manual');
  t.match(conflicts(first), [/^move\/cycle/]);
  const again = sync(first, { policy: 'manual' });
  t.equal(again.plan.conflicts[0]?.id, first.plan.conflicts[0]?.id);
  t.end();
});

/** Names, moves and directories: the conflicts between nodes, as short stories of two agents. */
import t from 'tap';
import { ROOT_NODE } from '#src/sync/core/index.js';
import { sync } from './round.js';
import { contents, Scratch } from './scratch-tree.js';
import { type Act, at, conflicts, nothing, story } from './two-agents.js';

t.test('The same edit on both sides is no conflict, and only the base moves', (t) => {
  const edit: Act = (it) => it.write('/f', 'new');
  const { plan, base } = story((it) => it.write('/f', 'old'), edit, edit)('manual');
  t.same([plan.push, plan.apply, plan.conflicts], [[], [], []]);
  t.same(contents(base), { '/f': 'new' });
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

t.test('Of two moves whose times are known the later one wins, of a file as of a circle', (t) => {
  const stories = [
    story(
      (it) => it.write('/f', 'old'),
      (it) => it.move('/f', '/here'),
      (it) => it.move('/f', '/there'),
    ),
    story(
      (it) => {
        it.mkdir('/a');
        it.mkdir('/b');
      },
      (it) => it.move('/a', '/b/here'),
      (it) => it.move('/b', '/a/there'),
    ),
  ];
  for (const run of stories) {
    const ids = run('manual').plan.conflicts.flatMap(({ node, remoteNode = node }) => [node, remoteNode]);
    const moved = (atMs: number) => new Map(ids.map((id) => [id, atMs] as const));
    for (const [here, there, winner] of [
      [9, 5, 'local'],
      [5, 9, 'remote'],
    ] as const) {
      const round = run('last-write-wins', { movedAt: { local: moved(here), remote: moved(there) } });
      t.match(round.plan.conflicts, [{ winner }]);
      const kept = winner === 'local' ? 'here' : 'there';
      t.ok(
        Object.keys(contents(round.local)).some((path) => path.endsWith(`/${kept}`)),
        kept,
      );
      t.same(contents(round.local), contents(round.remote));
    }
  }
  t.end();
});

t.test('A move beats a deletion that was earlier, though the file is as old as ever', (t) => {
  const run = story(
    (it) => it.write('/f', 'old'),
    (it) => it.move('/f', '/here'),
    (it) => it.remove('/f'),
  );
  const id = run('manual').plan.conflicts[0]!.node;
  for (const [movedMs, deletedMs, winner] of [
    [900, 500, 'local'],
    [500, 900, 'remote'],
  ] as const) {
    const round = run('last-write-wins', {
      movedAt: { local: new Map([[id, movedMs]]), remote: new Map() },
      deletedAt: { local: new Map(), remote: new Map([[id, deletedMs]]) },
    });
    t.match(round.plan.conflicts, [{ type: 'modify/delete', winner }]);
    t.same(contents(round.local), winner === 'local' ? { '/here': 'old' } : {});
    t.same(contents(round.remote), contents(round.local));
  }
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
  'When each side replaces another of two names, both have what is there now, without a conflict',
  (t) => {
    const run = story(
      (it) => {
        it.write('/f', 'old');
        it.link('/f', '/g');
      },
      (it) => it.replace('/f', 'here'),
      (it) => it.replace('/g', 'there'),
    );
    for (const policy of ['last-write-wins', 'remote-wins', 'manual'] as const) {
      const round = run(policy);
      t.same(conflicts(round), []);
      t.same(contents(round.local), { '/f': 'here', '/g': 'there' });
      t.same(contents(round.remote), { '/f': 'here', '/g': 'there' });
    }
    t.end();
  },
);

t.test('Where one decision takes another back, the conflict names who won in the end', (t) => {
  const run = (hereMs: number, thereMs: number) =>
    story(
      (it) => {
        it.write('/f', 'old');
        it.link('/f', '/g');
        it.write('/x', 'moved');
      },
      at(hereMs, (it) => {
        it.write('/f', 'edited');
        it.move('/x', '/g');
      }),
      at(thereMs, (it) => {
        it.remove('/f');
        it.mkdir('/f');
      }),
    )('last-write-wins');
  const [early, late] = [run(10, 30), run(30, 10)];
  t.same(contents(early.local), { '/f': '', '/g': 'edited', '/x': 'moved' });
  t.same(conflicts(early).slice(1), ['type/type /f remote', 'modify/modify /g remote']);
  t.same(contents(late.local), { '/f': 'edited', '/g': 'moved' });
  t.same(conflicts(late).slice(1), ['type/type /f local'], 'nobody there put anything under /g');
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

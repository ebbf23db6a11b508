/** Where files go that lose the place they were given, as short stories of two agents. */
import t from 'tap';
import { contents } from './scratch-tree.js';
import { type Act, at, conflicts, story } from './two-agents.js';

t.test(
  'A file that loses its new name does not take the old one from what its own side has put there',
  (t) => {
    const begun: Act = (it) => it.write('/f', 'old');
    const saves: Act = (it) => {
      it.now = 3;
      it.link('/f', '/new');
      it.edit('/new', { mode: 0o600 });
      it.now = 9;
      it.replace('/f', 'saved');
    };
    const makes = at(5, (it) => it.write('/new', 'made'));
    const [here, there] = [story(begun, saves, makes), story(begun, makes, saves)];
    for (const [run, policies, winner] of [
      [here, ['remote-wins', 'last-write-wins'], 'remote'],
      [there, ['local-wins', 'last-write-wins'], 'local'],
    ] as const) {
      for (const policy of policies) {
        const round = run(policy);
        t.same(contents(round.local), { '/f': 'saved', '/new': 'made' }, policy);
        t.same(contents(round.remote), contents(round.local));
        t.same(conflicts(round), [`create/create /new ${winner}`], 'nobody contests /f');
        const [conflict] = round.plan.conflicts;
        t.match(conflict?.[winner === 'remote' ? 'local' : 'remote'], { hash: 'old', mode: 0o600 });
      }
    }
    t.same(contents(here('local-wins').local), { '/f': 'saved', '/new': 'old' });
    t.same(conflicts(here('manual')), ['create/create /new held']);
    t.end();
  },
);

t.test('Where the other side has edited it in the old place, that edit is at stake there', (t) => {
  const round = story(
    (it) => it.write('/f', 'old'),
    (it) => {
      it.now = 3;
      it.link('/f', '/new');
      it.now = 9;
      it.replace('/f', 'mine');
    },
    at(5, (it) => {
      it.edit('/f', { mode: 0o600 });
      it.write('/new', 'theirs');
    }),
  )('last-write-wins');
  t.same(conflicts(round), ['modify/modify /f local', 'create/create /new local']);
  t.end();
});

t.test(
  'Of a row of renamed files the one is lost whose new name the other side has, and no newer one',
  (t) => {
    const run = story(
      (it) => {
        it.write('/log', 'one');
        it.write('/log.1', 'two');
      },
      (it) => {
        it.move('/log.1', '/log.2');
        it.move('/log', '/log.1');
        it.write('/log', 'new');
      },
      (it) => it.write('/log.2', 'theirs'),
    );
    const round = run('remote-wins');
    t.same(contents(round.local), { '/log': 'new', '/log.1': 'one', '/log.2': 'theirs' });
    t.same(conflicts(round), ['create/create /log.2 remote']);
    t.end();
  },
);

t.test('Where nothing new stands in the way, the moves are undone and nothing is lost', (t) => {
  const run = story(
    (it) => {
      it.write('/a', 'A');
      it.write('/b', 'B');
    },
    (it) => {
      it.move('/a', '/c');
      it.move('/b', '/a');
    },
    (it) => it.write('/c', 'theirs'),
  );
  t.same(contents(run('remote-wins').local), { '/a': 'A', '/b': 'B', '/c': 'theirs' });
  const swap = story(
    (it) => {
      it.write('/a', 'A');
      it.write('/b', 'B');
      it.mkdir('/d');
    },
    (it) => {
      it.move('/a', '/d/c');
      it.move('/b', '/a');
      it.move('/d/c', '/b');
      it.move('/a', '/d/a');
    },
    (it) => it.remove('/d'),
  );
  t.same(contents(swap('remote-wins').local), { '/a': 'A', '/b': 'B' });
  t.end();
});

t.test('What was moved into a directory that is gone has no way back either, and is told of', (t) => {
  const run = story(
    (it) => {
      it.write('/f', 'old');
      it.mkdir('/d');
    },
    (it) => {
      it.move('/f', '/d/f');
      it.write('/f', 'new');
    },
    (it) => it.remove('/d'),
  );
  const round = run('remote-wins');
  t.same(contents(round.local), { '/f': 'new' });
  t.same(conflicts(round), ['directory/deleted /d remote', 'directory/deleted /d/f remote']);
  t.same(contents(run('last-write-wins').local), { '/d': '', '/d/f': 'old', '/f': 'new' });
  t.end();
});

t.test(
  'Whose place is lost on the other side is told of with the winner of the directory, whoever moved it',
  (t) => {
    const round = story(
      (it) => {
        it.write('/a', 'one');
        it.link('/a', '/c');
      },
      (it) => {
        it.remove('/a');
        it.write('/b', 'here');
      },
      (it) => {
        it.replace('/c', 'there');
        it.mkdir('/b');
        it.move('/a', '/b/a');
      },
    )('local-wins');
    t.same(contents(round.remote), { '/b': 'here', '/c': 'there' });
    t.same(conflicts(round), ['type/type /b local', 'directory/deleted /c local']);
    t.end();
  },
);

t.test('A directory goes back all the same: one file is lost, and not what is in it', (t) => {
  const run = story(
    (it) => {
      it.mkdir('/d');
      it.write('/d/x', 'x');
    },
    (it) => {
      it.move('/d', '/e');
      it.write('/d', 'mine');
    },
    (it) => it.write('/e', 'theirs'),
  );
  const round = run('remote-wins');
  t.same(contents(round.local), { '/d': '', '/d/x': 'x', '/e': 'theirs' });
  t.same(conflicts(round), ['type/type /d remote', 'type/type /e remote']);
  t.same(contents(run('last-write-wins').local), { '/d': 'mine', '/e': '', '/e/x': 'x' });
  t.end();
});

t.test('What comes back with its directory comes without the names that were taken away elsewhere', (t) => {
  for (const put of ['nothing', 'something'] as const) {
    for (const policy of ['last-write-wins', 'remote-wins'] as const) {
      const round = story(
        (it) => {
          it.mkdir('/d');
          it.write('/d/f', 'old');
          it.link('/d/f', '/f');
        },
        at(2, (it) => {
          it.remove('/d');
          if (put === 'nothing') it.remove('/f');
          else it.replace('/f', 'new');
        }),
        at(5, (it) => it.edit('/d', { mode: 0o700 })),
      )(policy);
      const expected = { '/d': '', '/d/f': 'old' };
      t.same(contents(round.local), put === 'nothing' ? expected : { ...expected, '/f': 'new' });
      t.same(contents(round.remote), contents(round.local));
      t.same(conflicts(round), ['delete/modify /d remote']);
    }
  }
  t.end();
});

t.test('Who loses both its new names goes back to none that the other side put something new in', (t) => {
  const run = story(
    (it) => it.write('/f', 'old'),
    at(2, (it) => {
      it.write('/moved', 'mine');
      it.link('/f', '/linked');
    }),
    at(1, (it) => {
      it.move('/f', '/moved');
      it.edit('/moved', { mode: 0o600 });
      it.write('/linked', 'theirs');
      it.write('/f', 'new');
    }),
  );
  for (const policy of ['last-write-wins', 'local-wins', 'remote-wins'] as const) {
    const round = run(policy);
    t.equal(contents(round.local)['/f'], 'new', policy);
    t.same(contents(round.remote), contents(round.local));
  }
  t.end();
});

t.test('A file that lives on elsewhere has its name in a directory that comes back whole', (t) => {
  const run = story(
    (it) => {
      it.mkdir('/d');
      it.write('/d/f', 'old');
      it.link('/d/f', '/f');
    },
    (it) => it.remove('/d'),
    (it) => {
      it.move('/d', '/e');
      it.move('/f', '/g');
    },
  );
  const whole = { '/e': '', '/e/f': 'old', '/g': 'old' };
  for (const policy of ['last-write-wins', 'remote-wins'] as const) {
    const round = run(policy);
    t.same(contents(round.local), whole, policy);
    t.same(contents(round.remote), whole);
  }
  t.same(contents(run('local-wins').remote), { '/g': 'old' });
  const held = run('manual');
  t.same(contents(held.remote), whole, 'what waits is not taken apart meanwhile');
  t.same(contents(held.local), { '/f': 'old' });
  t.end();
});

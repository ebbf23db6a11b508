/** Decisions of a person, as short stories of two agents under manual. What is promised on all of them: resolve.property. */
import t from 'tap';
import { type Choice, type Conflict, planningOf, planWithChoices } from '#src/sync/core/index.js';
import { type Three, touchedBetween } from './round.js';
import { contents, Scratch } from './scratch-tree.js';
import type { Act } from './two-agents.js';

function told(before: Act, here: Act, there: Act): Three {
  const base = new Scratch();
  before(base);
  const local = new Scratch({ from: base, agent: 'here', salt: 2 });
  const remote = new Scratch({ from: base, agent: 'there', salt: 3 });
  here(local);
  there(remote);
  return { base: base.tree, local: local.tree, remote: remote.tree };
}

/** The conflicts, and the plan that carries out what is chosen for them. */
function decided({ base, local, remote }: Three, choose: (conflict: Conflict) => Choice['strategy']) {
  const planning = planningOf({
    ...{ base, local, remote },
    touched: { local: touchedBetween(base, local), remote: touchedBetween(base, remote) },
    policy: 'manual',
    tieBreak: { agent: 'here' },
  });
  const listed = planWithChoices(planning, []).plan.conflicts;
  const choices = listed.map(
    (conflict): Choice => ({
      listed: conflict,
      strategy: choose(conflict),
      check: 'both',
      copyId: 'c'.repeat(32),
    }),
  );
  const { plan, refused, settled } = planWithChoices(planning, choices);
  return {
    listed: listed.map(({ type, path }) => `${type} ${path}`),
    refused: refused.map(({ listed, reason }) => `${listed.type} ${reason}`),
    settled: settled.length,
    pending: plan.conflicts.filter(({ winner }) => winner === undefined).length,
    local: contents(local.clone().rename(plan.adopt).apply(plan.apply)),
    remote: contents(remote.clone().apply(plan.push)),
  };
}

t.test('Of two equal files that want one name, the one whose place is free goes back to it', (t) => {
  const three = told(
    (it) => {
      it.write('/c', 'old');
      it.write('/d', 'old');
    },
    (it) => {
      it.link('/c', '/b');
      it.replace('/c', 'new');
    },
    (it) => it.move('/d', '/b'),
  );
  const { listed, local, remote } = decided(three, () => 'local');
  t.same(
    listed,
    [],
    'else the one that moved would stand in the way of the new /c, and no decision would help',
  );
  t.same(local, { '/b': 'old', '/c': 'new', '/d': 'old' });
  t.same(remote, local);
  t.end();
});

t.test('What cannot be had, and is decided along with something else, is not refused as well', (t) => {
  const three = told(
    (it) => it.mkdir('/a'),
    (it) => {
      it.mkdir('/d');
      it.move('/a', '/d/a');
    },
    (it) => {
      it.move('/a', '/c');
      it.write('/d', 'file');
    },
  );
  const result = decided(three, ({ type }) => (type === 'rename/rename' ? 'both' : 'remote'));
  t.same(result.listed, ['type/type /d', 'rename/rename /d/a']);
  t.same([result.refused, result.settled, result.pending], [[], 2, 0]);
  t.same(result.local, { '/c': '', '/d': 'file' });
  t.same(result.remote, result.local);
  t.end();
});

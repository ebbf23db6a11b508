/** The three ways to look at a tree say the same of the same tree. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  type Change,
  type Entry,
  type MemoryTree,
  OverlayTree,
  RenamedTree,
  ROOT_NODE,
  stateText,
  type TreeView,
} from '#src/sync/core/index.js';
import { carryOut, story, tell } from './random-edits.js';
import { touchedBetween } from './round.js';
import { Scratch } from './scratch-tree.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.error(`# seed ${seed}`);

function changesBetween(base: MemoryTree, side: MemoryTree): Change[] {
  const { nodes, entries } = touchedBetween(base, side);
  return [
    ...[...nodes].map((id): Change => ({ type: 'node', id, state: side.node(id) ?? null })),
    ...entries.map((at): Change => ({ type: 'entry', ...at, node: side.entry(at.parent, at.name) ?? null })),
  ];
}

function sameView(view: TreeView, tree: MemoryTree, ids: Iterable<string>): void {
  const text = (entries: Iterable<Entry>) =>
    [...entries].map(({ parent, name, node }) => `${parent}/${name} ${node}`).sort();
  for (const id of ids) {
    assert.equal(stateText(view.node(id)), stateText(tree.node(id)));
    assert.deepEqual(text(view.entriesOf(id)), text(tree.entriesOf(id)));
    assert.deepEqual(text(view.children(id)), text(tree.children(id)));
  }
  for (const { parent, name, node } of tree.entries()) assert.equal(view.entry(parent, name), node);
}

t.test('An overlay reads as the tree that has its changes, though they were laid on twice', (t) => {
  fc.assert(
    fc.property(story, (told) => {
      const { base, local, remote } = tell(told);
      const overlay = new OverlayTree(base.tree, changesBetween(base.tree, remote.tree));
      for (const change of changesBetween(remote.tree, local.tree)) overlay.apply([change]);
      const ids = [base, local, remote].flatMap((it) => [...it.tree.nodes()].map(([id]) => id));
      sameView(overlay, local.tree, ids);
    }),
    { seed, numRuns: 300 },
  );
  t.pass();
  t.end();
});

t.test('A renamed tree reads as the tree with the names exchanged', (t) => {
  fc.assert(
    fc.property(story, ({ before }) => {
      const { tree } = carryOut(new Scratch(), before);
      const names = new Map(
        [...tree.nodes()].flatMap(([id], i) =>
          id === ROOT_NODE || i % 2 ? [] : [[id, `new-${i}`] as const],
        ),
      );
      const ids = [...names].flat().concat([...tree.nodes()].map(([id]) => id));
      sameView(new RenamedTree(tree, names), tree.clone().rename(names), ids);
    }),
    { seed, numRuns: 300 },
  );
  t.pass();
  t.end();
});

t.test('A tree says what keeps it from being one', (t) => {
  const good = new Scratch();
  good.mkdir('/d');
  good.mkdir('/d/e');
  good.write('/d/f', 'x');
  const [d, e, f] = ['/d', '/d/e', '/d/f'].map((path) => good.at(path)) as [string, string, string];
  t.same(good.tree.problems(), []);
  const broken = (...changes: Change[]) => good.tree.clone().apply(changes).problems().join('; ');
  t.match(broken({ type: 'node', id: ROOT_NODE, state: null }), /the root is no directory/);
  t.match(broken({ type: 'node', id: d, state: null }), /which is no directory/);
  t.match(broken({ type: 'node', id: f, state: null }), /which is not there/);
  t.match(broken({ type: 'entry', parent: d, name: 'f', node: null }), /has 0 entries/);
  t.match(broken({ type: 'entry', parent: ROOT_NODE, name: 'x', node: e }), /has 2 entries/);
  const circle: Change[] = [
    { type: 'entry', parent: ROOT_NODE, name: 'd', node: null },
    { type: 'entry', parent: e, name: 'd', node: d },
  ];
  t.match(broken(...circle), /does not hang from the root/);
  t.end();
});

/**
 * The way back of random trees: carried out, the tree is the past's, and what is excluded is as it was.
 */
import fc from 'fast-check';
import t from 'tap';
import {
  createFilter,
  EVERYTHING,
  MemoryTree,
  type NodeVersion,
  ROOT_NODE,
  sameState,
} from '#src/sync/core/index.js';
import { planReturn } from '#src/sync/history/return-plan.js';

const VERSION: NodeVersion = {
  ...{
    kind: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    rdev: 0,
    size: 1,
    mtimeSec: 0,
    mtimeNsec: 0,
    hash: '',
    xattrs: '',
  },
  ...{ revision: 1, agent: 'a', editedAtMs: 0 },
};

interface Shape {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  readonly isDirectory: boolean;
  readonly content: string;
}

const NAMES = ['a', 'b', 'c', 'x'];

/** Trees over one stock of nodes, so that two of them have nodes in common, in other places. A node has one kind. */
const trees = fc
  .array(
    fc.record({
      id: fc.integer({ min: 2, max: 12 }),
      parent: fc.integer({ min: 0, max: 10 }),
      name: fc.constantFrom(...NAMES),
      isDirectory: fc.boolean(),
      content: fc.constantFrom('1', '2'),
    }),
    { maxLength: 12 },
  )
  .map(treeOf)
  .map((tree) =>
    Object.assign(tree, {
      toString: () =>
        JSON.stringify([...tree.entries()].map((it) => [it.parent.slice(-2), it.name, it.node.slice(-2)])),
    }),
  );

function idOf(number: number): string {
  return number === 1 ? ROOT_NODE : number.toString(16).padStart(32, 'f');
}

function treeOf(shapes: readonly Shape[]): MemoryTree {
  const tree = new MemoryTree([[ROOT_NODE, { ...VERSION, kind: 'directory' }]]);
  const directories = [ROOT_NODE];
  for (const { id, parent, name, content } of shapes) {
    const node = idOf(id);
    const at = directories[parent % directories.length]!;
    const isDirectory = id % 2 === 0;
    if (tree.entry(at, name) !== undefined || (isDirectory && tree.node(node) !== undefined)) continue;
    tree.apply([
      {
        type: 'node',
        id: node,
        state: { ...VERSION, kind: isDirectory ? 'directory' : 'file', hash: isDirectory ? '' : content },
      },
      { type: 'entry', parent: at, name, node },
    ]);
    if (isDirectory) directories.push(node);
  }
  return tree;
}

/** Path to content; hard links by the first of their paths. */
function pathsOf(tree: MemoryTree): Map<string, string> {
  const found = new Map<string, string>();
  const first = new Map<string, string>();
  const visit = (id: string, path: string) => {
    for (const { name, node } of [...tree.children(id)].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const below = `${path}/${name}`;
      const { kind, hash } = tree.node(node)!;
      if (!first.has(node)) first.set(node, below);
      found.set(below, `${kind} ${hash} ${first.get(node)}`);
      if (kind === 'directory') visit(node, below);
    }
  };
  visit(ROOT_NODE, '');
  return found;
}

/** Throws, so that fast-check makes the case small. */
function assertTree(tree: MemoryTree): void {
  const problems = tree.problems();
  if (problems.length > 0) throw new Error(problems.join('; '));
}

function freshIds(): () => string {
  let next = 100;
  return () => idOf(next++);
}

t.test('the whole tree becomes the past one, by steps of which each is possible', (t) => {
  fc.assert(
    fc.property(trees, trees, (local, past) => {
      const { changes } = planReturn({ local, past, filter: EVERYTHING, freshId: freshIds() });
      const after = local.clone().apply(changes);
      assertTree(after);
      t.same([...pathsOf(after)].sort(), [...pathsOf(past)].sort());
      // What is in both is the same node still.
      for (const [id, state] of past.nodes())
        if (local.node(id) !== undefined && !sameState(after.node(id)!, state))
          throw new Error(`${id} differs`);
      t.same(
        planReturn({ local: after, past, filter: EVERYTHING, freshId: freshIds() }).changes.length >= 0,
        true,
      );
    }),
    { numRuns: 400 },
  );
  t.end();
});

t.test('one place becomes what it was, and nothing outside of it changes', (t) => {
  fc.assert(
    fc.property(trees, trees, fc.constantFrom(...NAMES), (local, past, name) => {
      const node = past.entry(ROOT_NODE, name);
      if (node === undefined) return;
      const at = { parent: ROOT_NODE, name, node };
      const { changes } = planReturn({ local, past, at, filter: EVERYTHING, freshId: freshIds() });
      const after = local.clone().apply(changes);
      assertTree(after);
      const inside = (tree: MemoryTree) =>
        [...pathsOf(tree)]
          .filter(([path]) => path === `/${name}` || path.startsWith(`/${name}/`))
          .map(([path, what]) => [path, what.split(' ').slice(0, 2).join(' ')])
          .sort();
      t.same(inside(after), inside(past));
      const outside = (tree: MemoryTree) =>
        [...pathsOf(tree).keys()]
          .filter((path) => path !== `/${name}` && !path.startsWith(`/${name}/`))
          .sort();
      t.same(outside(after), outside(local));
    }),
    { numRuns: 400 },
  );
  t.end();
});

/** A directory that cannot give way holds one that stood elsewhere. */
const STAYS_WITH_WHAT_IS_BELOW: [MemoryTree, MemoryTree] = [
  treeOf([
    { id: 4, parent: 0, name: 'a', isDirectory: true, content: '1' },
    { id: 2, parent: 1, name: 'x', isDirectory: true, content: '1' },
    { id: 12, parent: 1, name: 'a', isDirectory: true, content: '1' },
  ]),
  treeOf([
    { id: 2, parent: 0, name: 'a', isDirectory: true, content: '1' },
    { id: 12, parent: 0, name: 'b', isDirectory: true, content: '1' },
    { id: 4, parent: 1, name: 'a', isDirectory: true, content: '1' },
  ]),
];

t.test('what is excluded is neither made nor removed, and keeps its directories', (t) => {
  const filter = createFilter({ include: [], exclude: ['x'] });
  const excluded = (tree: MemoryTree) =>
    [...pathsOf(tree)].flatMap(([path, what]) =>
      path.split('/').includes('x')
        ? [`${path.slice(path.indexOf('/x'))} ${what.split(' ').slice(0, 2).join(' ')}`]
        : [],
    );
  fc.assert(
    fc.property(trees, trees, (local, past) => {
      const { changes } = planReturn({ local, past, filter, freshId: freshIds() });
      const after = local.clone().apply(changes);
      assertTree(after);
      const [before, now] = [excluded(local).sort(), excluded(after).sort()];
      // A hard link may be changed by its other name.
      t.same(
        now.map((line) => line.split(' ').slice(0, 2).join(' ')),
        before.map((line) => line.split(' ').slice(0, 2).join(' ')),
      );
    }),
    { numRuns: 400, examples: [STAYS_WITH_WHAT_IS_BELOW] },
  );
  t.end();
});

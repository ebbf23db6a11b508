/** What sync promises where some paths are excluded, on thousands of random stories. A failure prints its seed. */
import fc from 'fast-check';
import t from 'tap';
import {
  type ConflictPolicy,
  createFilter,
  FilteredTree,
  type FilterPatterns,
  MemoryTree,
  ROOT_NODE,
  reconcile,
  sameState,
  wholeTree,
} from '#src/sync/core/index.js';
import {
  type FilteredOptions,
  type FilteredRound,
  type FilteredThree,
  syncFiltered,
} from './filtered-round.js';
import { carryOut, type Edit, story } from './random-edits.js';
import { touchedBetween } from './round.js';
import { contents, pathsOf, Scratch } from './scratch-tree.js';

const { SEED, RUNS } = process.env;
const seed = Number(SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(RUNS ?? 150);
console.error(`# seed ${seed}, ${numRuns} runs a property`);

const POLICIES = ['last-write-wins', 'local-wins', 'remote-wins', 'manual'] as const;
const DECIDING = POLICIES.filter((policy) => policy !== 'manual');

const PATTERNS = [
  'a',
  'b/',
  '/c',
  'a/b',
  '**/d',
  '/a/**',
  'b/*',
  '!a',
  '!b/c',
  '!/a/d',
  'c/d/',
  '!d/',
] as const;
const list = fc.subarray([...PATTERNS], { maxLength: 3 });
const patterns: fc.Arbitrary<FilterPatterns> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ include: fc.constant<string[]>([]), exclude: list }) },
  { weight: 2, arbitrary: fc.record({ include: list, exclude: list }) },
);

interface Told {
  readonly three: FilteredThree;
  readonly patterns: FilterPatterns;
}

/**
 * Each side begins with edits of its own, so that each has something that the other does not see, and one first sync of
 * both makes the base.
 */
const told: fc.Arbitrary<Told> = fc.tuple(story, story, patterns).map(([first, then, patterns]) => {
  const empty = new Scratch();
  const local = carryOut(new Scratch({ from: empty, agent: 'here', salt: 2 }), first.before);
  const remote = carryOut(new Scratch({ from: empty, agent: 'there', salt: 3 }), first.here);
  const begun = settled(
    {
      base: new MemoryTree(),
      local: local.tree,
      remote: remote.tree,
      before: { local: new MemoryTree(), remote: new MemoryTree() },
    },
    { policy: 'last-write-wins', patterns },
  );
  return { three: edited(begun, then.here, then.there), patterns };
});

function edited(three: FilteredThree, here: readonly Edit[], there: readonly Edit[]): FilteredThree {
  const edit = (tree: MemoryTree, agent: string, salt: number, edits: readonly Edit[]) => {
    const scratch = new Scratch({ agent, salt });
    scratch.tree.apply([{ type: 'node', id: ROOT_NODE, state: tree.node(ROOT_NODE)! }]);
    scratch.tree.apply([...tree.nodes()].map(([id, state]) => ({ type: 'node', id, state })));
    scratch.tree.apply([...tree.entries()].map((entry) => ({ type: 'entry', ...entry })));
    return carryOut(scratch, edits).tree;
  };
  return {
    ...three,
    local: edit(three.local, 'here', 4, here),
    remote: edit(three.remote, 'there', 5, there),
  };
}

/** Syncs until nothing is left to do; the first time under new patterns. */
function settled(three: FilteredThree, options: FilteredOptions, limit = 6): FilteredThree {
  let round = syncFiltered(three, { ...options, rescope: true });
  for (let count = 1; !isIdle(round); count += 1) {
    if (count === limit) throw new Error('it does not settle');
    round = next(round, options);
  }
  return round;
}

function next(round: FilteredRound, options: FilteredOptions): FilteredRound {
  return syncFiltered(round, { ...options, rescope: round.plan.lookAgain });
}

function isIdle({ plan }: FilteredRound): boolean {
  return plan.push.length + plan.apply.length + plan.adopt.size === 0 && !plan.lookAgain;
}

function check(
  title: string,
  property: (told: Told, policy: ConflictPolicy) => void,
  policies: readonly ConflictPolicy[] = POLICIES,
) {
  t.test(title, async (t) => {
    for (const policy of policies) {
      fc.assert(
        fc.property(told, (one) => explained(one, () => property(one, policy))),
        { seed, numRuns },
      );
      t.pass(policy);
    }
  });
}

/** A failure tells what was synced. */
function explained({ three, patterns }: Told, property: () => void): void {
  try {
    property();
  } catch (error) {
    const { base, local, remote, before } = three;
    const trees = { base, localBefore: before.local, local, remoteBefore: before.remote, remote };
    const told = Object.entries(trees).map(([name, tree]) => [
      name,
      pictureOf(tree).map((it) => it.join(' ')),
    ]);
    throw new Error(`${JSON.stringify(patterns)} ${JSON.stringify(Object.fromEntries(told), null, 1)}`, {
      cause: error,
    });
  }
}

function expect(condition: unknown, message: () => string): void {
  if (!condition) throw new Error(message());
}

function same(a: unknown, b: unknown, what: string): void {
  const [x, y] = [JSON.stringify(a, null, 1), JSON.stringify(b, null, 1)];
  expect(x === y, () => `${what}:\n${x}\n${y}`);
}

function viewOf(tree: MemoryTree, base: MemoryTree, patterns: FilterPatterns): FilteredTree {
  return new FilteredTree(wholeTree(tree), {
    filter: createFilter(patterns),
    isBased: (id) => base.node(id) !== undefined,
  });
}

check('Both sides are valid trees after each round', ({ three, patterns }, policy) => {
  const round = syncFiltered(three, { policy, patterns });
  same([round.local.problems(), round.remote.problems()], [[], []], 'problems');
});

check('Nothing excluded is named in push or apply', ({ three, patterns }, policy) => {
  const { plan } = syncFiltered(three, { policy, patterns });
  for (const [side, changes] of [
    [plan.local, plan.apply],
    [plan.remote, plan.push],
  ] as const) {
    const whole = side.whole;
    for (const change of changes) {
      const id = change.type === 'node' ? change.id : change.node;
      if (side === plan.remote && id && whole.kindOf(id))
        expect(side.has(id), () => `${id} is hidden and in the plan: ${JSON.stringify(change)}`);
      if (change.type !== 'entry') continue;
      const there = whole.entry(change.parent, change.name);
      if (there === undefined || !side.has(change.parent)) continue;
      const entry = { parent: change.parent, name: change.name, node: there };
      expect(side.shows(entry), () => `${JSON.stringify(change)} would displace ${there}`);
    }
  }
});

t.test(
  'A filter that is applied on one side only would pull what is excluded, and that is caught',
  async (t) => {
    const ends = fc.check(
      fc.property(told, ({ three, patterns }) => {
        const { base, local, remote, before } = three;
        const { apply } = reconcile({
          base,
          local: viewOf(local, base, patterns),
          remote,
          touched: {
            local: touchedBetween(before.local, local),
            remote: touchedBetween(before.remote, remote),
          },
          policy: 'last-write-wins',
          tieBreak: { agent: 'here' },
        });
        const shown = viewOf(remote, base, patterns);
        for (const change of apply) {
          const id = change.type === 'node' ? change.id : change.node;
          if (id !== null && remote.node(id)) expect(shown.has(id), () => `${id} is hidden and is pulled`);
        }
      }),
      { seed, numRuns: 10 * numRuns },
    );
    t.equal(ends.failed, true);
  },
);

check('What is excluded stays where it is and as it is, on both sides', ({ three, patterns }, policy) => {
  const round = syncFiltered(three, { policy, patterns });
  const { plan } = round;
  for (const [view, before, after] of [
    [plan.local, three.local, round.local],
    [plan.remote, three.remote, round.remote],
  ] as const) {
    const kept = new Map([...pathsOf(after)].map(([path, id]) => [path, id]));
    for (const entry of before.entries()) {
      if (view.shows(entry)) continue;
      const state = before.node(entry.node)!;
      const now = [...after.entries()].filter(({ name, node }) => {
        const other = after.node(node)!;
        return (
          name === entry.name &&
          other.kind === state.kind &&
          (view.has(entry.node) || other.hash === state.hash)
        );
      });
      expect(now.length > 0, () => `${entry.name} in ${entry.parent} is gone; left: ${[...kept.keys()]}`);
    }
  }
});

check(
  'What is included is the same on both sides when nothing is left to do',
  ({ three, patterns }, policy) => {
    const { base, local, remote } = settled(three, { policy, patterns });
    const [here, there] = [viewOf(local, base, patterns), viewOf(remote, base, patterns)];
    const pictures = [here, there].map((view) => dump(view));
    const blocked = new Set([
      ...hidden(local, here),
      ...hidden(remote, there),
      ...stuck(local, remote, here),
      ...stuck(remote, local, there),
    ]);
    const shown = pictures.map((picture) => picture.filter(([path]) => !isBelow(path!, blocked)));
    same(shown[0], shown[1], 'sides differ');
    same(local.problems().concat(remote.problems()), [], 'problems');
  },
  DECIDING,
);

/** Paths of what is hidden. */
function hidden(tree: MemoryTree, view: FilteredTree): string[] {
  return [...pathsOf(tree)].filter(([path]) => !shownPaths(view).has(path)).map(([path]) => path);
}

/** A directory that hides something cannot give way, whoever wins: what wants its place on the other side waits. */
function stuck(tree: MemoryTree, other: MemoryTree, view: FilteredTree): string[] {
  const there = pathsOf(other);
  return [...pathsOf(tree)].flatMap(([path, id]) => {
    const rival = other.node(there.get(path) ?? '');
    const isStuck =
      tree.node(id)!.kind === 'directory' && view.hidesChild(id) && rival && rival.kind !== 'directory';
    return isStuck ? [path] : [];
  });
}

function isBelow(path: string, above: ReadonlySet<string>): boolean {
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (above.has(at)) return true;
  return false;
}

function shownPaths(view: FilteredTree): Map<string, string> {
  const found = new Map<string, string>();
  const queue: [string, string][] = [['', ROOT_NODE]];
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const { name, node } of view.children(next[1])) {
      found.set(`${next[0]}/${name}`, node);
      queue.push([`${next[0]}/${name}`, node]);
    }
  }
  return found;
}

function dump(view: FilteredTree): string[][] {
  return [...shownPaths(view)]
    .map(([path, id]) => {
      const { revision, agent, editedAtMs, ...state } = view.node(id)!;
      return [path, id, JSON.stringify(state)];
    })
    .sort(([a], [b]) => (a! < b! ? -1 : 1));
}

check(
  'Every content that a side made or changed is there somewhere, or in a conflict',
  ({ three, patterns }, policy) => {
    const round = syncFiltered(three, { policy, patterns });
    const kept = new Set(
      [round.local, round.remote].flatMap((tree) => [...tree.nodes()].map(([, { hash }]) => hash)),
    );
    for (const { local, remote } of round.plan.conflicts)
      for (const it of [local, remote]) if (it) kept.add(it.hash);
    for (const [side, before] of [
      [three.local, three.before.local],
      [three.remote, three.before.remote],
    ] as const) {
      for (const [id, state] of side.nodes()) {
        if (before.node(id)?.hash === state.hash || kept.has(state.hash)) continue;
        const replaced = [...before.nodes()].some(([, { hash }]) => hash === state.hash);
        expect(replaced, () => `${state.hash} of ${id} is lost`);
      }
    }
  },
);

check(
  'A file that one side deleted and the other did not touch does not come back',
  ({ three, patterns }, policy) => {
    const round = syncFiltered(three, { policy, patterns });
    for (const [gone, other, otherBefore] of [
      [three.local, three.remote, three.before.remote],
      [three.remote, three.local, three.before.local],
    ] as const) {
      if ([...otherBefore.nodes()].length !== [...other.nodes()].length) continue;
      const isUntouched = [...other.nodes()].every(([id, state]) => {
        const before = otherBefore.node(id);
        return (
          before &&
          sameState(before, state) &&
          String(other.entriesOf(id).map(slot)) === String(otherBefore.entriesOf(id).map(slot))
        );
      });
      if (!isUntouched) continue;
      for (const [id, state] of three.base.nodes()) {
        if (gone.node(id) || state.kind === 'directory') continue;
        const back = gone === three.local ? round.local : round.remote;
        expect(!back.node(id), () => `${id} came back`);
      }
    }
  },
);

function slot({ parent, name }: { parent: string; name: string }): string {
  return `${parent}/${name}`;
}

t.test('New patterns delete nothing, whatever they are', async (t) => {
  for (const policy of POLICIES) {
    fc.assert(
      fc.property(told, patterns, (one, patterns) => {
        const three = settled(one.three, { policy: 'last-write-wins', patterns: one.patterns });
        explained({ three, patterns }, () => {
          const round = syncFiltered(three, { policy, patterns, rescope: true });
          // What two sides had apart may meet now, and then one of them loses its name with a conflict.
          if (round.plan.conflicts.length > 0) return;
          // Of two equal files that meet one goes, and its names mean the other: what is there counts, by path.
          for (const side of ['local', 'remote'] as const) {
            const after = seen(round[side]);
            const gone = [...seen(three[side])].filter(([path, thing]) => after.get(path) !== thing);
            same(gone, [], `deleted on ${side}`);
          }
        });
      }),
      { seed, numRuns },
    );
    t.pass(policy);
  }
});

/** By path what there is, but for times and owners. */
function seen(tree: MemoryTree): Map<string, string> {
  return new Map(
    [...pathsOf(tree)].map(([path, id]) => {
      const { kind, hash, mode, xattrs } = tree.node(id)!;
      return [path, `${kind} ${hash} ${kind === 'directory' ? '' : `${mode.toString(8)} ${xattrs}`}`];
    }),
  );
}

t.test('Patterns that come and go with nothing changed leave both sides as they were', async (t) => {
  fc.assert(
    fc.property(told, patterns, (one, other) =>
      explained(one, () => {
        const options = { policy: 'last-write-wins', patterns: one.patterns } as const;
        const three = settled(one.three, options);
        const narrowed = syncFiltered(three, {
          ...options,
          patterns: {
            include: one.patterns.include,
            exclude: [...one.patterns.exclude, ...other.exclude.filter((it) => !it.startsWith('!'))],
          },
          rescope: true,
        });
        const back = settled(narrowed, options);
        for (const side of ['local', 'remote'] as const)
          same(contents(back[side]), contents(three[side]), `${JSON.stringify(other)} ${side}`);
      }),
    ),
    { seed, numRuns },
  );
  t.pass();
});

function pictureOf(tree: MemoryTree) {
  return [...pathsOf(tree)].map(([path, id]) => [path, id, tree.node(id)!.kind, tree.node(id)!.hash]);
}

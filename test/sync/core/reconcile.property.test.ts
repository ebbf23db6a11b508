/** What reconcile promises, on thousands of random stories. A failure prints its seed and the smallest story. */
import fc from 'fast-check';
import t from 'tap';
import {
  type Change,
  type ConflictPolicy,
  type Entry,
  MemoryTree,
  ROOT_NODE,
  settle,
} from '#src/sync/core/index.js';
import { isEdit, sameState, sameThing } from '#src/sync/core/state.js';
import { followSteps } from './follow-steps.js';
import { type Story, story, tell } from './random-edits.js';
import { isRewrite } from './rewrites.js';
import { type Round, sync, type Three, touchedBetween } from './round.js';
import { picture } from './scratch-tree.js';

const { SEED, RUNS } = process.env;
const seed = Number(SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(RUNS ?? 600);
console.error(`# seed ${seed}, ${numRuns} runs a property`);

const POLICIES = ['last-write-wins', 'local-wins', 'remote-wins', 'manual'] as const;
const DECIDING = POLICIES.filter((policy) => policy !== 'manual');

function trees(told: Story): Three {
  const { base, local, remote } = tell(told);
  return { base: base.tree, local: local.tree, remote: remote.tree };
}

function check(
  title: string,
  property: (three: Three, policy: ConflictPolicy) => void,
  policies: readonly ConflictPolicy[],
) {
  t.test(title, async (t) => {
    for (const policy of policies) {
      fc.assert(
        fc.property(story, (told) => property(trees(told), policy)),
        { seed, numRuns },
      );
      t.pass(policy);
    }
  });
}

function expect(condition: unknown, message: () => string): void {
  if (!condition) throw new Error(message());
}

function same(a: unknown, b: unknown, what: string): void {
  const [x, y] = [JSON.stringify(a, null, 1), JSON.stringify(b, null, 1)];
  expect(x === y, () => `${what}:\n${x}\n${y}`);
}

function dump(tree: MemoryTree) {
  return {
    nodes: [...tree.nodes()]
      .map(([id, { revision, agent, editedAtMs, ...state }]) => [id, state])
      .sort(byText),
    entries: [...tree.entries()].map(({ parent, name, node }) => [parent, name, node]).sort(byText),
  };
}

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1;
}

const isFile = (tree: MemoryTree) => (id: string) => tree.node(id)?.kind === 'file';

check(
  'Both sides are one and the same valid tree after one round',
  (three, policy) => {
    const { local, remote } = sync(three, { policy });
    same(local.problems(), [], 'local');
    same(dump(local), dump(remote), 'sides differ');
  },
  DECIDING,
);

check(
  'Under manual both sides are valid trees that differ only where a conflict holds them back',
  (three, policy) => {
    const { local, remote, plan } = sync(three, { policy });
    same(local.problems(), [], 'local');
    same(remote.problems(), [], 'remote');
    if (plan.conflicts.length === 0) same(dump(local), dump(remote), 'sides differ');
    for (const { node, remoteNode, winner } of plan.conflicts) {
      expect(winner === undefined, () => 'manual chose a winner');
      const changes = [...plan.push, ...plan.apply];
      const touched = changes.some((it) =>
        [it.type === 'node' ? it.id : it.node].some((id) => id === node || id === remoteNode),
      );
      expect(!touched, () => `the conflicted ${node} was touched`);
    }
  },
  ['manual'],
);

check(
  'The second round finds nothing to do and the same conflicts',
  (three, policy) => {
    const first = sync(three, { policy });
    const { plan } = sync(first, { policy });
    same(
      { push: plan.push, apply: plan.apply, adopt: [...plan.adopt] },
      { push: [], apply: [], adopt: [] },
      'not empty',
    );
    const ids = (round: { plan: Round['plan'] }) => round.plan.conflicts.map(({ id }) => id).sort();
    same(ids({ plan }), policy === 'manual' ? ids(first) : [], 'conflicts');
  },
  POLICIES,
);

check(
  'A push that was never acknowledged is planned again, and without conflicts it ends in the same tree',
  (three, policy) => {
    const first = sync(three, { policy });
    const base = three.base.clone().apply(settle(first.plan).afterApply);
    const again = sync({ base, local: first.local, remote: three.remote }, { policy });
    same(again.local.problems(), [], 'problems');
    same(dump(again.local), dump(again.remote), 'sides differ');
    if (first.plan.conflicts.length === 0) same(picture(again.local), picture(first.local), 'not the same');
    expectKept(three, [first, again]);
  },
  DECIDING,
);

check(
  'Every content that a side made or changed is in the result or in a conflict',
  (three, policy) => expectKept(three, [sync(three, { policy })]),
  POLICIES,
);

/** After the last of the rounds what the sides changed is in the trees, or in a conflict of one of the rounds. */
function expectKept(three: Three, rounds: readonly Round[]): void {
  const { local, remote } = rounds.at(-1)!;
  const kept = new Set([local, remote].flatMap((tree) => [...tree.nodes()].map(([, { hash }]) => hash)));
  for (const { plan } of rounds) {
    for (const { local, remote } of plan.conflicts)
      for (const it of [local, remote]) if (it) kept.add(it.hash);
  }
  for (const side of [three.local, three.remote]) {
    for (const [id, state] of side.nodes()) {
      if (three.base.node(id)?.hash === state.hash || kept.has(state.hash)) continue;
      expect(
        isRewrite(three.base, side, { id, plan: rounds[0]!.plan }),
        () => `${state.hash} of ${id} is lost`,
      );
    }
  }
}

check(
  'A file that one side deleted and the other did not touch does not come back',
  (three, policy) => {
    const round = sync(three, { policy });
    for (const [gone, other] of [
      [three.local, three.remote],
      [three.remote, three.local],
    ] as const) {
      for (const [id, before] of three.base.nodes()) {
        if (gone.node(id) || before.kind === 'directory' || !isUntouched(three.base, other, id)) continue;
        expect(!round.local.node(id) && !round.remote.node(id), () => `${id} came back`);
      }
    }
  },
  POLICIES,
);

/** Neither it nor any directory above it was edited, moved or linked on this side. */
function isUntouched(base: MemoryTree, side: MemoryTree, id: string): boolean {
  const [before, now] = [base.node(id), side.node(id)];
  if (!before || !now || (before.kind === 'directory' ? isEdit(before, now) : !sameState(before, now)))
    return false;
  const places = (tree: MemoryTree) =>
    tree
      .entriesOf(id)
      .map(({ parent, name }) => `${parent}/${name}`)
      .sort();
  if (String(places(base)) !== String(places(side))) return false;
  return side.entriesOf(id).every(({ parent }) => parent === ROOT_NODE || isUntouched(base, side, parent));
}

check(
  'What only one side changed is as that side has it, with no conflict',
  ({ base, local }, policy) => {
    for (const three of [
      { base, local, remote: base },
      { base, local: base, remote: local },
    ]) {
      const round = sync(three, { policy });
      same(round.plan.conflicts, [], 'conflicts');
      same(dump(round.local), dump(round.remote), 'sides');
      same(picture(round.local), picture(local), 'changed');
    }
  },
  POLICIES,
);

check(
  'Sides that are equal give a plan that changes neither',
  ({ base, local }, policy) => {
    const { plan, base: after } = sync({ base, local, remote: local }, { policy });
    same([plan.push, plan.apply, [...plan.adopt], plan.conflicts], [[], [], [], []], 'plan');
    same(dump(after), dump(local), 'the base did not follow');
  },
  POLICIES,
);

check(
  'The side that the policy names has everything that it changed, and wins every conflict',
  (three, policy) => {
    const [mine, name] =
      policy === 'local-wins' ? ([three.local, 'local'] as const) : ([three.remote, 'remote'] as const);
    const { plan, remote: result } = sync(three, { policy });
    for (const { winner } of plan.conflicts) same(winner, name, 'winner');
    const now = (id: string) => (policy === 'local-wins' ? (plan.adopt.get(id) ?? id) : id);
    const old = new Map([...plan.adopt].map(([here, there]) => [there, here]));
    const inBase = (id: string) => (three.base.node(id) ? id : (plan.adopt.get(id) ?? old.get(id) ?? id));
    for (const { parent, name, node } of mine.entries()) {
      if (three.base.entry(inBase(parent), name) === inBase(node)) continue;
      const there = result.entry(now(parent), name);
      const [before, a, b] = [three.base.node(node), mine.node(node), there && result.node(there)];
      const asSaid = a && b && a.kind === b.kind && (before?.hash === a.hash || b.hash === a.hash);
      expect(
        asSaid || isRewrite(three.base, mine, { id: node, plan }),
        () => `${parent}/${name} is not as ${policy} says`,
      );
    }
  },
  ['local-wins', 'remote-wins'],
);

check(
  'Two agents who see each other swapped make the same tree',
  (three, policy) => expectSameSwapped(three, policy),
  ['last-write-wins'],
);

/** Where everything is edited at the same time it is the tie-break that decides. */
const atOnce = story.map(({ before, here, there }): Story => {
  const [first, second, third] = [before, here, there].map((edits) => edits.map((it) => ({ ...it, at: 1 })));
  return { before: first!, here: second!, there: third! };
});

t.test('That catches a tie-break which goes by who is the local side', async (t) => {
  const ends = fc.check(
    fc.property(atOnce, (told) => expectSameSwapped(trees(told), 'last-write-wins', asLocal)),
    { seed, numRuns },
  );
  t.equal(ends.failed, true);
});

function expectSameSwapped(
  { base, local, remote }: Three,
  policy: ConflictPolicy,
  seen: (own: MemoryTree) => MemoryTree = (own) => own,
): void {
  const here = sync({ base, local: seen(local), remote }, { policy, agent: 'here' });
  const there = sync({ base, local: seen(remote), remote: local }, { policy, agent: 'there' });
  same(withoutDirectoryAttributes(here.local), withoutDirectoryAttributes(there.local), 'they differ');
}

/** Each agent takes its own edits for those of an agent that comes behind all others. */
function asLocal(own: MemoryTree): MemoryTree {
  const edited = [...own.nodes()].filter(([, { revision }]) => revision === 0);
  return own
    .clone()
    .apply(edited.map(([id, state]) => ({ type: 'node', id, state: { ...state, agent: 'zz' } })));
}

/** Directories that both made are adopted with the attributes of whichever side is the remote. */
function withoutDirectoryAttributes(tree: MemoryTree) {
  const seen = Object.entries(picture(tree));
  return seen.map(([path, text]) => [path, text.startsWith('directory') ? 'directory' : text]);
}

check(
  'What was put in the place of a file loses that place to no file that the other side left as it was',
  (three, policy) => {
    const { plan, remote: result } = sync(three, { policy });
    for (const [mine, other] of [
      [three.local, three.remote],
      [three.remote, three.local],
    ] as const) {
      for (const { parent, name, node } of mine.entries()) {
        const replaced = three.base.entry(parent, name) ?? '';
        const [before, now] = [three.base.node(replaced), other.node(replaced)];
        const isNew = !three.base.node(node) && !other.node(node) && mine.node(node)?.kind !== 'directory';
        if (!isNew || !before || !now || before.kind === 'directory' || !sameState(before, now)) continue;
        if (other.entry(parent, name) !== replaced) continue;
        const there = result.entry(plan.adopt.get(parent) ?? parent, name);
        // What looks the same in the end is as good as the new thing itself.
        const isSame = there === replaced && sameThing(mine.node(node)!, result.node(replaced)!);
        expect(there !== replaced || isSame, () => `${parent}/${name} is old`);
      }
    }
  },
  DECIDING,
);

check(
  'A file that nobody deleted is there, or replaced on both sides, or a conflict tells of it',
  (three, policy) => {
    const { plan, remote: result } = sync(three, { policy });
    const told = new Set(plan.conflicts.flatMap(({ node, remoteNode = node }) => [node, remoteNode]));
    const isReplaced = (tree: MemoryTree, { parent, name, node }: Entry) =>
      (tree.entry(parent, name) ?? node) !== node;
    for (const [id, { kind }] of three.base.nodes()) {
      const { local, remote } = three;
      if (kind === 'directory' || !local.node(id) || !remote.node(id)) continue;
      if (result.node(id) || told.has(id)) continue;
      const replaced = [
        local.entriesOf(id).every((it) => isReplaced(remote, it)),
        remote.entriesOf(id).every((it) => isReplaced(local, it)),
      ];
      expect(replaced[0] && replaced[1], () => `${id} is gone`);
    }
  },
  DECIDING,
);

check(
  'The later of two edits wins, and a deletion wins over an edit that was earlier',
  (three, policy) => {
    const gone = (side: MemoryTree) =>
      new Map([...three.base.nodes()].flatMap(([id]) => (side.node(id) ? [] : [[id, 10] as const])));
    const deletedAt = { local: gone(three.local), remote: gone(three.remote) };
    const { plan } = sync(three, { policy, deletedAt });
    for (const { type, node, remoteNode = node, local, remote, winner } of plan.conflicts) {
      if (node !== remoteNode) continue;
      const [here, there] = [local?.editedAtMs ?? 10, remote?.editedAtMs ?? 10];
      const isDecided = type === 'modify/modify' || type === 'modify/delete' || type === 'delete/modify';
      if (!isDecided || here === there) continue;
      same(winner, here > there ? 'local' : 'remote', `${type} of ${node}`);
    }
  },
  ['last-write-wins'],
);

check(
  'What is in anything but a file never changes: a link points where it pointed when it was made',
  (three, policy) => {
    const round = sync(three, { policy });
    for (const [before, after] of [
      [three.local.clone().rename(round.plan.adopt), round.local],
      [three.remote, round.remote],
    ] as const) {
      for (const [id, { kind, hash }] of after.nodes()) {
        const was = before.node(id);
        if (kind !== 'file' && was) same(hash, was.hash, `${kind} ${id}`);
      }
    }
  },
  POLICIES,
);

check(
  'Every step of a plan finds what it needs',
  (three, policy) => {
    const { plan } = sync(three, { policy });
    followSteps(three.local.clone().rename(plan.adopt), plan.apply);
    followSteps(three.remote.clone(), plan.push);
  },
  POLICIES,
);

check(
  'What is touched without being changed does not change the plan',
  (three, policy) => {
    const all = (tree: MemoryTree) => ({
      nodes: [...three.base.nodes(), ...tree.nodes()].map(([id]) => id),
      entries: [...three.base.entries(), ...tree.entries()],
    });
    const wide = (tree: MemoryTree) => ({ ...all(tree), nodes: new Set(all(tree).nodes) });
    const narrow = sync(three, { policy });
    const whole = sync(three, { policy, touched: { local: wide(three.local), remote: wide(three.remote) } });
    for (const part of ['push', 'apply', 'agreed', 'conflicts'] as const) {
      const isNews = (it: unknown) => !isOnlyRevision(three.base, it as Change);
      const text = (plan: Round['plan']) =>
        plan[part]
          .filter(isNews)
          .map((it) => JSON.stringify(it))
          .sort();
      same(text(whole.plan), text(narrow.plan), part);
    }
  },
  POLICIES,
);

function isOnlyRevision(base: MemoryTree, change: Change): boolean {
  if (change.type !== 'node' || !change.state) return false;
  const before = base.node(change.id);
  return before !== undefined && sameState(before, change.state);
}

check(
  'Equal trees made apart are adopted without an ancestor and without a conflict',
  ({ local }, policy) => {
    const names = new Map(
      [...local.nodes()].map(([id], i) => [id, id === ROOT_NODE ? id : `${i}`.padStart(32, 'e')]),
    );
    const three = { base: new MemoryTree(), local: local.clone().rename(names), remote: local };
    const { plan, base, local: after } = sync(three, { policy });
    same([plan.push, plan.apply, plan.conflicts], [[], [], []], 'plan');
    same(dump(after), dump(local), 'local');
    same(dump(base), dump(local), 'base');
  },
  POLICIES,
);

check(
  'Two different full sides join without an ancestor and nothing of either is lost',
  ({ local, remote }, policy) => {
    const names = new Map(
      [...remote.nodes()].map(([id], i) => [id, id === ROOT_NODE ? id : `${i}`.padStart(32, 'e')]),
    );
    const three = { base: new MemoryTree(), local, remote: remote.clone().rename(names) };
    const round = sync(three, { policy });
    same([round.local.problems(), round.remote.problems()], [[], []], 'problems');
    if (policy !== 'manual') same(dump(round.local), dump(round.remote), 'sides');
    const kept = [...round.local.nodes(), ...round.remote.nodes()].map(([, state]) => state);
    for (const { local, remote } of round.plan.conflicts)
      for (const it of [local, remote]) if (it) kept.push(it);
    for (const side of [three.local, three.remote]) {
      for (const [id, state] of side.nodes()) {
        if (isFile(side)(id))
          expect(
            kept.some((it) => sameThing(it, state)),
            () => `${id} is lost`,
          );
      }
    }
  },
  POLICIES,
);

t.test('Touched sets in these stories say what differs', async (t) => {
  fc.assert(
    fc.property(story, (told) => {
      const { base, local } = trees(told);
      same(base.problems().concat(local.problems()), [], 'problems');
      const { nodes, entries } = touchedBetween(base, local);
      const after = base.clone();
      after.apply([...nodes].map((id) => ({ type: 'node', id, state: local.node(id) ?? null })));
      after.apply(
        entries.map((at) => ({ type: 'entry', ...at, node: local.entry(at.parent, at.name) ?? null })),
      );
      same(dump(after), dump(local), 'differs');
    }),
    { seed, numRuns },
  );
  t.pass();
});

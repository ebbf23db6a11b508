/** What decisions of a person promise, on thousands of random stories. A failure prints its seed and the smallest story. */
import fc from 'fast-check';
import t from 'tap';
import {
  type Choice,
  type Conflict,
  type MemoryTree,
  type Plan,
  planningOf,
  planWithChoices,
  settle,
} from '#src/sync/core/index.js';
import { sameThing } from '#src/sync/core/state.js';
import { followSteps } from './follow-steps.js';
import { type Story, story, tell } from './random-edits.js';
import { isRewrite } from './rewrites.js';
import { type Three, touchedBetween } from './round.js';
import { picture } from './scratch-tree.js';

const { SEED, RUNS } = process.env;
const seed = Number(SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(RUNS ?? 400);
console.error(`# seed ${seed}, ${numRuns} runs a property`);

const ROUNDS_MAX = 12;
let copies = 0;

function trees(told: Story): Three {
  const { base, local, remote } = tell(told);
  return { base: base.tree, local: local.tree, remote: remote.tree };
}

/** One round with decisions about the conflicts that `pick` has an answer for. */
function resolveSome(
  { base, local, remote }: Three,
  pick: (conflict: Conflict, index: number) => Choice['strategy'] | undefined,
) {
  const input = {
    base,
    local,
    remote,
    touched: { local: touchedBetween(base, local), remote: touchedBetween(base, remote) },
    policy: 'manual' as const,
    tieBreak: { agent: 'here' },
  };
  const listed = planWithChoices(planningOf(input), []).plan.conflicts;
  const choices = listed.flatMap((conflict, index): Choice[] => {
    const strategy = pick(conflict, index);
    copies += 1;
    const copyId = `c0${String(copies).padStart(30, '0')}`;
    return strategy === undefined ? [] : [{ listed: conflict, strategy, check: 'both', copyId }];
  });
  const decision = planWithChoices(planningOf(input), choices);
  const { plan } = decision;
  followSteps(local.clone().rename(plan.adopt), plan.apply);
  followSteps(remote.clone(), plan.push);
  const { afterApply, afterPush } = settle(plan);
  return {
    decision,
    listed,
    choices,
    base: base.clone().apply(afterApply).apply(afterPush),
    local: local.clone().rename(plan.adopt).apply(plan.apply),
    remote: remote.clone().apply(plan.push),
  };
}

function expect(condition: unknown, message: () => string): void {
  if (!condition) throw new Error(message());
}

function problemsOf(tree: MemoryTree, side: string): void {
  const problems = tree.problems();
  expect(problems.length === 0, () => `${side}: ${problems.join('; ')}`);
}

function same(a: unknown, b: unknown, what: string): void {
  const [x, y] = [JSON.stringify(a, null, 1), JSON.stringify(b, null, 1)];
  expect(x === y, () => `${what}:\n${x}\n${y}`);
}

function check(title: string, property: (three: Three, numbers: readonly number[]) => void): void {
  t.test(title, async (t) => {
    fc.assert(
      fc.property(story, fc.array(fc.nat(1000), { minLength: 8, maxLength: 8 }), (told, numbers) =>
        property(trees(told), numbers),
      ),
      { seed, numRuns },
    );
    t.pass();
  });
}

for (const strategy of ['local', 'remote', 'both'] as const) {
  check(
    `Deciding everything for ${strategy} ends in one tree on both sides, and loses nothing silently`,
    (three) => {
      let now = three;
      let first: Plan | undefined;
      const reported: Conflict[] = [];
      for (let round = 0; ; round += 1) {
        const next = resolveSome(now, () => (strategy === 'both' && round > 0 ? 'local' : strategy));
        first ??= next.decision.plan;
        problemsOf(next.local, 'local');
        problemsOf(next.remote, 'remote');
        reported.push(...next.decision.plan.conflicts.filter(({ winner }) => winner !== undefined));
        now = next;
        if (next.listed.length === 0) break;
        expect(round < ROUNDS_MAX, () => `still ${next.listed.map(({ type, path }) => `${type} ${path}`)}`);
      }
      same(picture(now.local), picture(now.remote), 'the sides differ');
      const kept = [...now.local.nodes()].map(([, state]) => state);
      for (const { local, remote } of reported) for (const it of [local, remote]) if (it) kept.push(it);
      for (const side of [three.local, three.remote]) {
        for (const [id, state] of side.nodes()) {
          if (state.kind === 'directory' || three.base.node(id)?.hash === state.hash) continue;
          expect(
            kept.some((it) => it.hash === state.hash) || isRewrite(three.base, side, { id, plan: first! }),
            () => `${state.hash} of ${id} is lost`,
          );
        }
      }
    },
  );
}

check('A decision about some is carried out, and no other conflict is decided with it', (three, numbers) => {
  const asked = new Set<string>();
  const next = resolveSome(three, (conflict, index) => {
    const number = numbers[index % numbers.length]!;
    if (number % 2 === 0) return undefined;
    asked.add(conflict.id);
    return (['local', 'remote', 'both'] as const)[number % 3];
  });
  problemsOf(next.local, 'local');
  problemsOf(next.remote, 'remote');
  const refused = new Set(next.decision.refused.map(({ listed }) => listed.id));
  // What waited for what was decided can flow now.
  const after = resolveSome(
    resolveSome(next, () => undefined),
    () => undefined,
  );
  same([after.decision.plan.push, after.decision.plan.apply], [[], []], 'it does not come to rest');
  const left = new Set(after.listed.map(({ id }) => id));
  for (const id of asked) {
    expect(refused.has(id) || !left.has(id), () => `${id} is still there`);
    expect(!refused.has(id) || left.has(id), () => `${id} was refused, and is gone`);
  }
  const settled = new Set(next.decision.settled.map(({ id }) => id));
  for (const { id, node, remoteNode, type, path } of next.listed) {
    if (settled.has(id) || asked.has(id)) continue;
    const isThere = after.listed.some(
      (it) => it.id === id || [it.node, it.remoteNode].some((its) => its === node || its === remoteNode),
    );
    expect(isThere, () => `${type} ${path} was decided by nobody`);
  }
});

check(
  'A decision about a conflict that has changed since is refused, and nothing of it is carried out',
  (three) => {
    const first = resolveSome(three, () => undefined);
    const isFile = (conflict: Conflict) =>
      conflict.remote?.kind === 'file' && three.remote.node(conflict.remoteNode ?? conflict.node);
    const target = first.listed.find(isFile);
    if (!target) return;
    const id = target.remoteNode ?? target.node;
    const state = first.remote.node(id)!;
    const remote = first.remote
      .clone()
      .apply([{ type: 'node', id, state: { ...state, hash: 'later', size: 5 } }]);
    const input = {
      base: first.base,
      local: first.local,
      remote,
      touched: { local: touchedBetween(first.base, first.local), remote: touchedBetween(first.base, remote) },
      policy: 'manual' as const,
      tieBreak: { agent: 'here' },
    };
    const { refused, resolved, plan } = planWithChoices(planningOf(input), [
      { listed: target, strategy: 'local', check: 'remote', copyId: 'c'.repeat(32) },
    ]);
    // Where the later edit meets something that is no edit (replaced by what it was), nothing is left to be decided.
    const isGone = !plan.conflicts.some((it) => it.node === id || it.remoteNode === id);
    const reason = isGone ? 'gone' : 'changed';
    same([resolved.length, refused.map((it) => it.reason)], [0, [reason]], 'not refused');
    expect(isGone || refused[0]?.now?.remote?.hash === 'later', () => 'the new state is not shown');
    const after = remote.clone().apply(plan.push);
    expect(sameThing(after.node(id)!, remote.node(id)!), () => 'it was overwritten');
    const here = first.local.clone().rename(plan.adopt).apply(plan.apply);
    expect(!isGone || here.node(id)?.hash === 'later', () => 'nobody decided, and it was not taken over');
  },
);

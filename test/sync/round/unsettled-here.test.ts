/**
 * What of this side is kept where the mark in the change log passes it: whatever the two sides do not have alike.
 */
import t from 'tap';
import {
  type Change,
  MemoryTree,
  type NodeVersion,
  ROOT_NODE,
  type TouchedSet,
} from '#src/sync/core/index.js';
import { slotKey } from '#src/sync/core/slot.js';
import type { Decision } from '#src/sync/round/decide.js';
import type { Sides } from '#src/sync/round/read-sides.js';
import { unsettledHere } from '#src/sync/round/unsettled-here.js';

const DIRECTORY: NodeVersion = {
  kind: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  rdev: 0,
  size: 0,
  mtimeSec: 0,
  mtimeNsec: 0,
  hash: '',
  xattrs: '',
  revision: 1,
  agent: 'me',
  editedAtMs: 0,
};
const PLACE = { parent: ROOT_NODE, name: 'b' };
const KEY = slotKey(PLACE);
const NOBODY = new Set<string>();

/** A tree with a directory d that has these names. */
function tree(...names: string[]): MemoryTree {
  return new MemoryTree(
    [['d', DIRECTORY]],
    names.map((name) => ({ parent: ROOT_NODE, name, node: 'd' })),
  );
}

function waitingNames(
  trees: { readonly local: MemoryTree; readonly base: MemoryTree; readonly remote: MemoryTree },
  {
    touched = [PLACE],
    own = [],
    held = [],
    ...outcome
  }: {
    readonly settled: ReadonlySet<string>;
    readonly carriedOut: ReadonlySet<string>;
    readonly touched?: TouchedSet['entries'];
    readonly own?: readonly Change[];
    readonly held?: readonly string[];
  },
): string[] {
  const touchedHere: TouchedSet = { nodes: new Set(), entries: touched };
  const names: string[] = [];
  const localReader = {
    unsettled: ({ entries }: TouchedSet) => {
      for (const { name } of entries) names.push(name);
      return [];
    },
  };
  unsettledHere(
    {
      plan: { adopt: new Map(), held: new Set(held) },
      side: { tree: trees.remote, own },
      local: trees.local,
      touchedHere,
    } as unknown as Decision,
    { base: trees.base, localReader } as unknown as Sides,
    outcome,
  );
  return names;
}

t.test(
  'a name that was taken away here waits, although the base has a newer revision of it by now',
  async (t) => {
    const trees = { local: tree('c'), base: tree('b'), remote: tree('b') };
    t.same(waitingNames(trees, { settled: NOBODY, carriedOut: NOBODY }), ['b']);
    t.same(waitingNames(trees, { settled: new Set([KEY]), carriedOut: NOBODY }), ['b']);
  },
);

t.test('what was carried out, or is alike on both sides, waits no more', async (t) => {
  const trees = { local: tree('c'), base: tree('b'), remote: tree('b') };
  t.same(waitingNames(trees, { settled: new Set([KEY]), carriedOut: new Set([KEY]) }), []);
  const alike = { local: tree('c'), base: tree('b'), remote: tree('c') };
  t.same(waitingNames(alike, { settled: new Set([KEY]), carriedOut: NOBODY }), []);
});

t.test(
  'a name that an own commit made, and that is gone here since, waits with what is in conflict',
  async (t) => {
    const trees = { local: tree('c'), base: tree(), remote: tree('b') };
    const seen = { touched: [], own: [{ type: 'entry', ...PLACE, node: 'd' }] as const };
    const outcome = { settled: new Set([KEY]), carriedOut: NOBODY };
    t.same(waitingNames(trees, { ...outcome, ...seen, held: ['d'] }), ['b']);
    t.same(waitingNames(trees, { ...outcome, ...seen }), [], 'what does not wait is in the plan');
    const alike = { ...trees, local: tree('b') };
    t.same(waitingNames(alike, { ...outcome, ...seen, held: ['d'] }), []);
  },
);

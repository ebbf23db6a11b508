/** Rows that would break the tree are taken out; what is left makes one, and of an honest remote nothing is doubted. */
import fc from 'fast-check';
import t from 'tap';
import { disbelieve, type EntryRow, type FeedRows, type NodeRow } from '#src/sync/core/disbelief.js';
import { type MemoryTree, ROOT_NODE } from '#src/sync/core/index.js';
import { slotKey, slotOf } from '#src/sync/core/slot.js';
import { story, tell } from './random-edits.js';
import { touchedBetween } from './round.js';
import { Scratch } from './scratch-tree.js';

type Rows = FeedRows<NodeRow, EntryRow>;

/** What a remote would send that went from one tree to the other. */
function rowsBetween(before: MemoryTree, after: MemoryTree): Rows {
  const touched = touchedBetween(before, after);
  const rows: Rows = { nodes: new Map(), entries: new Map() };
  for (const id of touched.nodes) rows.nodes.set(id, { id, state: after.node(id) ?? null });
  for (const { parent, name } of touched.entries)
    rows.entries.set(slotKey({ parent, name }), { parent, name, node: after.entry(parent, name) ?? null });
  return rows;
}

/** What is wrong with the tree that comes of it. */
function faults(known: MemoryTree, { nodes, entries }: Rows): readonly string[] {
  return known
    .clone()
    .apply([...nodes.values()].map(({ id, state }) => ({ type: 'node', id, state })))
    .apply([...entries.values()].map((row) => ({ type: 'entry', ...row })))
    .problems();
}

t.test('of an honest remote nothing is doubted', async (t) => {
  fc.assert(
    fc.property(story, (it) => {
      const [base, remote] = [tell(it).base.tree, tell(it).remote.tree];
      return disbelieve(base, rowsBetween(base, remote), new Set()).length === 0;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

t.test('whatever rows come, with what is believed there is a tree', async (t) => {
  const pick = fc.double({ min: 0, max: 0.999, noNaN: true });
  const lies = fc.array(fc.tuple(fc.nat(6), pick, pick, pick), { minLength: 1, maxLength: 12 });
  let doubted = 0;
  fc.assert(
    fc.property(story, lies, (it, told) => {
      const [base, remote] = [tell(it).base.tree, tell(it).remote.tree];
      const rows = rowsBetween(base, remote);
      const ids = [...new Set([...base.nodes(), ...remote.nodes()].map(([id]) => id)), 'f'.repeat(32)];
      const choose = (at: number) => ids[Math.floor(at * ids.length)]!;
      for (const [lie, a, b, c] of told) {
        const keys = [...rows.entries.keys()];
        const key = keys[Math.floor(a * keys.length)];
        if (lie === 0) rows.nodes.delete(choose(a));
        else if (lie === 1) rows.nodes.set(choose(a), { id: choose(a), state: null });
        else if (lie === 2 && key !== undefined) rows.entries.delete(key);
        else if (lie === 3 && key !== undefined) rows.entries.set(key, { ...slotOf(key), node: choose(b) });
        else if (lie === 4) {
          const slot = { parent: choose(a), name: `lie-${Math.floor(b * 3)}` };
          rows.entries.set(slotKey(slot), { ...slot, node: choose(c) });
        } else if (lie === 5 && key !== undefined) rows.entries.set(key, { ...slotOf(key), node: null });
        else {
          const state = base.node(choose(b)) ?? remote.node(choose(b));
          if (state !== undefined) rows.nodes.set(choose(a), { id: choose(a), state });
        }
      }
      for (const row of rows.entries.values()) if (row.node === ROOT_NODE) rows.entries.delete(slotKey(row));
      doubted += disbelieve(base, rows, new Set()).length;
      const wrong = faults(base, rows);
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
    }),
    { numRuns: 2000 },
  );
  t.ok(doubted > 100, `${doubted} rows were doubted`);
});

t.test('what hangs on a bad row waits for it, and everything else is believed', async (t) => {
  const before = new Scratch();
  before.mkdir('/old');
  const after = new Scratch({ from: before, salt: 2 });
  const bad = after.mkdir('/bad');
  after.write('/bad/file', 'x');
  after.mkdir('/bad/deep');
  after.write('/bad/deep/er', 'y');
  after.write('/good', 'z');
  const rows = rowsBetween(before.tree, after.tree);
  rows.nodes.delete(bad);
  const found = disbelieve(before.tree, rows, new Set([bad]));
  t.equal(found.length, 7, 'four names and three nodes');
  t.ok(found.every(({ waits }) => waits));
  t.same(
    [...rows.entries.values()].map(({ name }) => name),
    ['good'],
  );
});

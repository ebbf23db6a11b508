/** The three-way merge of text: what both did apart is kept, what meets is refused. */
import fc from 'fast-check';
import t from 'tap';
import { mergeText } from '#src/sync/core/merge-text.js';

const BASE = 'one\ntwo\nthree\nfour\nfive\n';

t.test('edits that do not meet are both carried out', async (t) => {
  const merged = mergeText(BASE, BASE.replace('one', 'ONE'), BASE.replace('five', 'FIVE'));
  t.strictSame(merged, { outcome: 'merged', text: 'ONE\ntwo\nthree\nfour\nFIVE\n' });
  t.strictSame(mergeText(BASE, BASE.replace('two\n', ''), `${BASE}six\n`), {
    outcome: 'merged',
    text: 'one\nthree\nfour\nfive\nsix\n',
  });
});

t.test('edits of one line, and edits of neighbours, overlap, and the first such line is told', async (t) => {
  const here = BASE.replace('one', 'zero\none').replace('three', 'here');
  t.strictSame(mergeText(BASE, here, BASE.replace('three', 'there')), { outcome: 'overlap', line: 4 });
  t.match(mergeText(BASE, BASE.replace('two', '2'), BASE.replace('three', '3')), { outcome: 'overlap' });
  t.match(mergeText(BASE, `${BASE}mine\n`, `${BASE}theirs\n`), { outcome: 'overlap' });
});

t.test('the same edit on both sides is made once', async (t) => {
  const both = BASE.replace('three', 'drei');
  t.strictSame(mergeText(BASE, both, `${both}six\n`), { outcome: 'merged', text: `${both}six\n` });
});

t.test('line ends, a missing last one and bytes that are no UTF-8 stay as they are', async (t) => {
  const base = 'a\r\nb\r\n\u00ff\r\nc';
  t.strictSame(mergeText(base, base.replace('a', 'A'), base.replace(/c$/, 'C')), {
    outcome: 'merged',
    text: 'A\r\nb\r\n\u00ff\r\nC',
  });
});

t.test(
  'texts that have nothing in common are given up before they take long',
  { timeout: 30_000 },
  async (t) => {
    const lines = (offset: number) =>
      Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? '\n' : `${i + offset}\n`)).join('');
    // Compared to the end, they would take minutes.
    t.match(mergeText(lines(0), lines(1), lines(2)), { outcome: 'too different' });
  },
);

t.test('a merge with one side unchanged is the other, and the sides may be swapped', async (t) => {
  const text = fc
    .array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n'), { maxLength: 12 })
    .map((it) => it.join(''));
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(text, text, text, (base, local, remote) => {
      const one = mergeText(base, local, base);
      const other = mergeText(base, local, remote);
      const swapped = mergeText(base, remote, local);
      if (one.outcome !== 'merged' || one.text !== local) throw new Error('unchanged');
      if (other.outcome !== swapped.outcome) throw new Error('outcome');
      if (other.outcome === 'merged' && swapped.outcome === 'merged' && other.text !== swapped.text)
        throw new Error('text');
    }),
    { seed, numRuns: 2000 },
  );
});

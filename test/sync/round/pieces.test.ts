import fc from 'fast-check';
import t from 'tap';
import { piecesOf } from '#src/sync/round/pieces.js';

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

t.test('whatever the runs, the pieces are the same bytes, all of one length but the last', async (t) => {
  const runs = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(runs, fc.integer({ min: 1, max: 50 }), async (input, pieceBytes) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of piecesOf(each(input), pieceBytes)) pieces.push(piece);
      const last = pieces.pop();
      return (
        pieces.every((piece) => piece.length === pieceBytes) &&
        (last === undefined || (last.length > 0 && last.length <= pieceBytes)) &&
        Buffer.compare(Buffer.concat(last === undefined ? [] : [...pieces, last]), Buffer.concat(input)) === 0
      );
    }),
  );
  t.pass();
});

t.test('a piece that was handed out never changes, and has no memory behind it but its own', async (t) => {
  const input = [Buffer.from('abcdefg'), Buffer.from('hij')];
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(each(input), 4)) pieces.push(piece);
  t.strictSame(
    pieces.map((piece) => Buffer.from(piece).toString()),
    ['abcd', 'efgh', 'ij'],
  );
  t.strictSame(
    pieces.map((piece) => piece.buffer.byteLength),
    [4, 4, 2],
  );
});

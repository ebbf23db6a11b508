/** Messages of libSQL's protocol: a request byte by byte, and answers that are believed only where they fit. */
import t from 'tap';
import { decodeBatch, encodeBatch, transaction } from '#src/sync/remote/hrana-messages.js';

/** A field of bytes; all lengths here are below 128. */
const field = (tag: number, ...content: number[]) => [(tag << 3) | 2, content.length, ...content];
const text = (tag: number, value: string) => field(tag, ...Buffer.from(value));
const answer = (batch: number[]) => field(3, ...field(1, ...field(3, ...field(1, ...batch))));
const result = (step: number, ...content: number[]) => field(1, 1 << 3, step, ...field(2, ...content));
const cell = (...value: number[]) => field(1, ...value);
/** The answer to the request that closes the stream. */
const closed = field(3, ...field(1, ...field(1)));

await t.test('a request is written field by field in exactly its length', async (t) => {
  const sql = Array.from(Buffer.from('S'));
  const statement = [
    ...field(1, ...sql),
    ...field(3, ...field(1)),
    ...field(3, (3 << 3) | 1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f),
    ...field(3, ...text(4, 'é')),
    ...field(3, ...field(5, 7, 0)),
    ...[5 << 3, 1],
  ];
  const step = field(1, ...field(2, ...statement));
  const request = [...field(2, ...field(3, ...field(1, ...step))), ...field(2, ...field(1))];
  const encoded = encodeBatch([{ sql: 'S', args: [null, 1, 'é', Uint8Array.of(7, 0)], wantsRows: true }]);
  t.same([...encoded], request);
});

await t.test('lengths of more than one byte are right, whatever they are', async (t) => {
  for (const length of [1, 127, 128, 16_383, 16_384, 3_000_000]) {
    const blob = Buffer.alloc(length, 1);
    const encoded = encodeBatch(transaction([{ sql: 'INSERT', args: [blob, 'x'.repeat(length)] }], 'write'));
    t.equal(encoded.lastIndexOf(1, encoded.length - 1) > 0, true);
    t.equal(Buffer.from(encoded).subarray(-4).toString('hex'), '12020a00', 'the stream is closed at the end');
    t.ok(Buffer.from(encoded).includes('x'.repeat(length)));
  }
});

await t.test('what became of each step is read, whatever else an answer has in it', async (t) => {
  const row = field(
    2,
    ...cell(2 << 3, 5),
    ...cell(...text(4, '\ufeffé')),
    ...cell(...field(5, 1, 2)),
    ...cell(...field(1)),
    ...cell((3 << 3) | 1, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f),
  );
  const unknown = [...field(9, 1, 2, 3), 11 << 3, 0x80, 1, (12 << 3) | 5, 1, 2, 3, 4];
  const bytes = [
    ...answer([
      ...unknown,
      ...result(0, ...row, 3 << 3, 7),
      ...field(2, 1 << 3, 2, ...field(2, ...text(1, 'no'), ...text(2, 'SQLITE_BUSY'))),
    ]),
    ...closed,
  ];
  t.same(decodeBatch(Uint8Array.from(bytes), 3), [
    { result: { rows: [[-3, '\ufeffé', Uint8Array.of(1, 2), null, 0.5]], rowsAffected: 7 } },
    {},
    { error: { message: 'no', code: 'SQLITE_BUSY' } },
  ]);
  t.same(decodeBatch(Uint8Array.from(field(3, ...field(2, ...text(1, 'all')))), 3), {
    message: 'all',
    code: '',
  });
});

await t.test('an answer that does not fit is garbled, wherever it ends', async (t) => {
  const whole = Uint8Array.from([
    ...answer(result(0, ...field(2, ...cell(2 << 3, 0x80, 1), ...cell(...text(4, 'text'))))),
    ...closed,
  ]);
  const garbled = (bytes: Uint8Array) => {
    try {
      decodeBatch(bytes, 1);
      return true;
    } catch (error) {
      return error instanceof SyntaxError || error instanceof RangeError;
    }
  };
  for (let length = 0; length < whole.length; length++) t.ok(garbled(whole.subarray(0, length)));
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 0x7f, 0x80, 0xff]) t.ok(garbled(whole.with(at, value)), `byte ${at} is ${value}`);
  }
  t.throws(() => decodeBatch(new Uint8Array(0), 1), SyntaxError);
  t.throws(
    () => decodeBatch(Uint8Array.from(answer(result(5))), 1),
    SyntaxError,
    'a step that nobody asked for',
  );
  const large = result(0, ...field(2, ...cell(2 << 3, ...Array(9).fill(0xff), 1)));
  t.throws(() => decodeBatch(Uint8Array.from(answer(large)), 1), RangeError);
});

/** Cutting an edited content with the help of the former one gives what cutting all of it gives, and reads little. */
import fc from 'fast-check';
import t from 'tap';
import {
  ByteRanges,
  CHUNK_NORMAL_MAX_BYTES,
  Chunker,
  encodeManifest,
  type KnownContent,
  type ManifestEntry,
  rechunk,
  sha256,
} from '#src/sync/transfer/index.js';
import { noise } from '../remote/trees.js';

function whole(bytes: Uint8Array): readonly ManifestEntry[] {
  const chunker = new Chunker();
  const chunks = chunker.push(bytes);
  const rest = chunker.finish();
  if (rest !== undefined) chunks.push(rest);
  return chunks.map((data) => ({ hash: sha256(data), size: data.length }));
}

/** A content that fails whoever reads outside of it. */
function sourceOf(bytes: Uint8Array) {
  return {
    size: bytes.length,
    read(offset: number, target: Uint8Array) {
      const end = offset + target.length;
      if (offset < 0 || end > bytes.length) throw new RangeError(`${offset}+${target.length}`);
      target.set(bytes.subarray(offset, end));
    },
  };
}

const hashOf = (chunks: readonly ManifestEntry[]): string => sha256(encodeManifest(chunks));

/** A file of random, zero and repeated parts, as disk images and archives are. */
function mixed(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  const pattern = noise(40_000, seed);
  for (let at = 0, part = seed; at < length; at += 300_000, part = (part * 7 + 3) % 11) {
    const end = Math.min(length, at + 300_000);
    if (part % 3 === 0) continue;
    if (part % 3 === 1) bytes.set(noise(end - at, seed + at), at);
    else for (let i = at; i < end; i += pattern.length) bytes.set(pattern.subarray(0, end - i), i);
  }
  return bytes;
}

interface Edit {
  readonly kind: 'write' | 'insert' | 'remove' | 'truncate' | 'extend' | 'append' | 'zero';
  readonly where: number;
  readonly length: number;
  readonly seed: number;
}

/** Carries an edit out as a program does: what is inserted or removed rewrites everything behind it. */
function apply(bytes: Buffer, edit: Edit, ranges: ByteRanges): Buffer {
  const at = Math.floor(edit.where * bytes.length);
  const piece = noise(edit.length, edit.seed);
  switch (edit.kind) {
    case 'write':
    case 'zero': {
      const end = Math.min(bytes.length, at + edit.length);
      const copy = Buffer.from(bytes);
      if (edit.kind === 'zero') copy.fill(0, at, end);
      else copy.set(piece.subarray(0, end - at), at);
      ranges.add(at, end);
      return copy;
    }
    case 'insert': {
      const longer = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
      ranges.add(at, longer.length);
      return longer;
    }
    case 'remove': {
      const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + edit.length)]);
      ranges.add(at, bytes.length);
      return shorter;
    }
    case 'truncate':
      ranges.add(at, bytes.length);
      return bytes.subarray(0, at);
    case 'extend':
      ranges.add(bytes.length, bytes.length + edit.length);
      return Buffer.concat([bytes, Buffer.alloc(edit.length)]);
    case 'append':
      ranges.add(bytes.length, bytes.length + edit.length);
      return Buffer.concat([bytes, piece]);
  }
}

const edits = fc.array(
  fc.record<Edit>({
    kind: fc.constantFrom('write', 'insert', 'remove', 'truncate', 'extend', 'append', 'zero'),
    where: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 400_000 })),
    seed: fc.integer({ min: 1, max: 1000 }),
  }),
  { minLength: 1, maxLength: 6 },
);

await t.test(
  'whatever was edited and whatever is known, the chunks are those of the whole content',
  async (t) => {
    const property = fc.property(
      fc.integer({ min: 0, max: 1_500_000 }),
      fc.integer({ min: 1, max: 100 }),
      edits,
      (length, seed, list) => {
        const before = mixed(length, seed);
        const ranges = new ByteRanges();
        let after: Buffer = before;
        for (const edit of list) after = apply(after, edit, ranges);
        const expected = whole(after);
        const chunks = whole(before);
        const other = whole(mixed(length, seed + 1));
        const known: (KnownContent | undefined)[] = [
          { chunks, dirty: ranges.list() },
          { chunks, dirty: undefined },
          { chunks: other, dirty: undefined },
          undefined,
        ];
        for (const one of known) {
          if (hashOf(rechunk(sourceOf(after), one).chunks) !== hashOf(expected)) return false;
        }
        return true;
      },
    );
    const result = fc.check(property, { numRuns: 150 });
    t.notOk(result.failed, result.failed ? (fc.defaultReportMessage(result) ?? 'failed') : 'all are equal');
  },
);

await t.test('one byte changed in a large content costs a look at the chunks around it', async (t) => {
  const before = noise(32 << 20, 5);
  const chunks = whole(before);
  for (const at of [0, 12_345_678, before.length - 1]) {
    const after = Buffer.from(before);
    after[at] = after[at]! ^ 1;
    const { chunks: found, bytesRead } = rechunk(sourceOf(after), {
      chunks,
      dirty: [{ from: at, to: at + 1 }],
    });
    t.equal(hashOf(found), hashOf(whole(after)));
    t.ok(bytesRead <= 4 * CHUNK_NORMAL_MAX_BYTES, `${bytesRead} bytes were read`);
    const known = new Set(chunks.map(({ hash }) => hash));
    t.ok(found.filter(({ hash }) => !known.has(hash)).length <= 3, 'few chunks are new');
  }
});

await t.test('one byte inserted makes few new chunks', async (t) => {
  const before = noise(16 << 20, 6);
  const chunks = whole(before);
  const known = new Set(chunks.map(({ hash }) => hash));
  for (const at of [0, 7_000_001]) {
    const after = Buffer.concat([before.subarray(0, at), Buffer.from('x'), before.subarray(at)]);
    const { chunks: found } = rechunk(sourceOf(after), {
      chunks,
      dirty: [{ from: at, to: after.length }],
    });
    t.equal(hashOf(found), hashOf(whole(after)));
    t.ok(found.filter(({ hash }) => !known.has(hash)).length <= 3);
  }
});

await t.test(
  'ranges that are many or out of order are listed ascending, joined, and never too short',
  async (t) => {
    const ranges = new ByteRanges();
    const inside = new Set<number>();
    for (let i = 0; i < 30_000; i += 1) {
      const from = (i * 7919) % 100_003;
      ranges.add(from, from + (i % 3));
      for (let at = from; at < from + (i % 3); at += 1) inside.add(at);
    }
    const list = ranges.list()!;
    t.ok(list.length > 0 && list.length <= 4096, `${list.length} ranges`);
    t.ok(list.every(({ from, to }, i) => from < to && (i === 0 || list[i - 1]!.to < from)));
    const isListed = (at: number) => list.some(({ from, to }) => from <= at && at < to);
    t.ok([...inside].filter((_, i) => i % 97 === 0).every(isListed));
    ranges.addAll();
    ranges.add(1, 2);
    t.equal(ranges.list(), undefined);
  },
);

/** The chunker is a format: its table and its borders are pinned here and must never change. */
import t from 'tap';
import {
  CHUNK_MAX_BYTES,
  CHUNK_MIN_BYTES,
  CHUNK_NORMAL_MAX_BYTES,
  Chunker,
  GEAR,
  LARGE_CONTENT_BYTES,
  sha256,
} from '#src/sync/transfer/index.js';
import { noise } from '../remote/trees.js';

function lengths(bytes: Uint8Array, step = bytes.length): number[] {
  const chunker = new Chunker();
  const found: number[] = [];
  for (let offset = 0; offset < bytes.length; offset += step) {
    for (const chunk of chunker.push(bytes.subarray(offset, offset + step))) found.push(chunk.length);
  }
  const rest = chunker.finish();
  if (rest !== undefined) found.push(rest.length);
  return found;
}

const stream = noise(2 * 1024 * 1024, 42);

await t.test('the gear table and the borders of a known stream are what they have always been', async (t) => {
  t.equal(
    sha256(new Uint8Array(GEAR.buffer)),
    '54b3b399e4b4f6e28fb72206a95152476ea5b81099ee36d5a7ab9b7d4ba0091f',
  );
  t.same(
    lengths(stream),
    [
      80404, 25372, 79668, 68790, 73467, 69893, 131405, 78279, 72280, 101079, 113323, 85918, 66716, 75579,
      77442, 70516, 62945, 69366, 83798, 69162, 84528, 79759, 71310, 65577, 49146, 72627, 45360, 73443,
    ],
  );
});

await t.test('however a stream is fed in, its chunks are the same and hold its bytes', async (t) => {
  const whole = lengths(stream);
  for (const step of [1000, 4096, 16_384, 65_537, 262_144, 1_000_003]) t.same(lengths(stream, step), whole);
  const chunker = new Chunker();
  const parts: Buffer[] = [];
  for (let offset = 0; offset < stream.length; offset += 30_011) {
    for (const chunk of chunker.push(stream.subarray(offset, offset + 30_011)))
      parts.push(Buffer.from(chunk));
  }
  parts.push(Buffer.from(chunker.finish() ?? new Uint8Array()));
  t.ok(stream.equals(Buffer.concat(parts)));
});

await t.test('chunks keep to their bounds, also where nothing ever makes a border', async (t) => {
  for (const bytes of [stream, Buffer.alloc(1_000_000), Buffer.alloc(1_000_000, 'ab')]) {
    const found = lengths(bytes);
    t.equal(
      found.reduce((sum, length) => sum + length, 0),
      bytes.length,
    );
    t.ok(found.slice(0, -1).every((length) => length > CHUNK_MIN_BYTES && length <= CHUNK_NORMAL_MAX_BYTES));
  }
  t.same(lengths(new Uint8Array(0)), []);
  t.same(lengths(stream.subarray(0, 1)), [1]);
});

await t.test('an inserted byte moves the borders around it only', async (t) => {
  const hashes = (bytes: Uint8Array): string[] => {
    const chunker = new Chunker();
    const chunks = chunker.push(bytes);
    const rest = chunker.finish();
    return (rest === undefined ? chunks : [...chunks, rest]).map(sha256);
  };
  const before = new Set(hashes(stream));
  for (const at of [0, 100_000, 1_234_567, stream.length]) {
    const inserted = Buffer.concat([stream.subarray(0, at), Buffer.from([7]), stream.subarray(at)]);
    const fresh = hashes(inserted).filter((hash) => !before.has(hash));
    t.ok(fresh.length >= 1 && fresh.length <= 3, `${fresh.length} new chunks after an insertion at ${at}`);
  }
});

await t.test('a content of 4 GiB and more is cut into chunks of up to 2 MiB', async (t) => {
  const chunker = new Chunker(LARGE_CONTENT_BYTES);
  const found = chunker.push(noise(16 << 20, 43)).map((chunk) => chunk.length);
  t.same(found.slice(0, 4), [1015639, 477614, 890302, 602942]);
  t.ok(found.every((length) => length > 8 * CHUNK_MIN_BYTES && length <= CHUNK_MAX_BYTES));
});

/** What content is called, how it is packed, and that packed bytes are never trusted. */
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { inflateSync } from 'fflate';
import t from 'tap';
import {
  ContentHasher,
  decode,
  decodeManifest,
  ENCODING_DEFLATE,
  ENCODING_RAW,
  encode,
  encodeManifest,
  hashContent,
  INLINE_MAX_BYTES,
} from '#src/sync/transfer/index.js';
import { noise } from '../remote/trees.js';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

await t.test(
  'the hash of a content is its SHA-256 up to 16 KiB, and that of its list of chunks above',
  async (t) => {
    t.match(hashContent(new Uint8Array(0)).content, { kind: 'none', hash: '', size: 0 });
    for (const length of [1, INLINE_MAX_BYTES]) {
      const bytes = noise(length);
      t.match(hashContent(bytes), {
        chunks: [],
        content: { kind: 'inline', hash: digest(bytes), size: length },
      });
    }
    const bytes = noise(INLINE_MAX_BYTES + 1);
    const { chunks, content } = hashContent(bytes);
    t.equal(chunks.length, 1);
    const list = Buffer.alloc(36);
    list.write(digest(bytes), 'hex');
    list.writeUInt32LE(bytes.length, 32);
    t.match(content, { kind: 'chunks', hash: digest(list), size: bytes.length });
  },
);

await t.test('content that comes in small pieces has the same hash and the same chunks', async (t) => {
  for (const length of [100, INLINE_MAX_BYTES, INLINE_MAX_BYTES + 1, 700_000]) {
    const bytes = noise(length, 9);
    const whole = hashContent(bytes);
    const hasher = new ContentHasher();
    const chunks: string[] = [];
    for (let offset = 0; offset < length; offset += 4096) {
      for (const chunk of hasher.push(bytes.subarray(offset, offset + 4096))) chunks.push(digest(chunk.data));
    }
    const end = hasher.finish();
    for (const chunk of end.chunks) chunks.push(digest(chunk.data));
    t.equal(end.content.hash, whole.content.hash);
    t.same(
      chunks,
      whole.chunks.map((chunk) => chunk.hash),
    );
  }
});

await t.test('a manifest is read back only where it is whole and adds up to the size', async (t) => {
  const list = [
    { hash: 'ab'.repeat(32), size: 70_000 },
    { hash: '01'.repeat(32), size: 1 },
  ];
  const bytes = encodeManifest(list);
  t.same(decodeManifest(bytes, 70_001), list);
  t.equal(decodeManifest(bytes, 70_000), undefined);
  t.equal(decodeManifest(bytes.subarray(1), 70_001), undefined);
  t.equal(decodeManifest(new Uint8Array(0), 0), undefined);
  t.equal(decodeManifest(encodeManifest([{ hash: '00'.repeat(32), size: 300_000 }]), 300_000), undefined);
});

await t.test('text is deflated, noise and small things are not, and any inflater reads it', async (t) => {
  const text = Buffer.from('the quick brown fox jumps over the lazy dog\n'.repeat(100));
  const packed = encode(text, true);
  t.equal(packed.encoding, ENCODING_DEFLATE);
  t.ok(packed.data.length < text.length / 5);
  t.ok(text.equals(decode(packed.encoding, packed.data, text.length)!));
  t.ok(text.equals(inflateSync(packed.data)), 'fflate reads it');
  for (const bytes of [noise(50_000), text.subarray(0, 100), deflateRawSync(noise(9000))]) {
    t.match(encode(bytes, true), { encoding: ENCODING_RAW, data: bytes });
  }
  t.equal(encode(text, false).encoding, ENCODING_RAW);
});

await t.test(
  'what does not decode to exactly its size is refused, and a bomb is never unpacked',
  async (t) => {
    const text = Buffer.from('abc'.repeat(1000));
    const { data } = encode(text, true);
    t.equal(decode(ENCODING_DEFLATE, data, text.length - 1), undefined);
    t.equal(decode(ENCODING_DEFLATE, data, text.length + 1), undefined);
    t.equal(decode(ENCODING_DEFLATE, data.subarray(0, 10), text.length), undefined);
    t.equal(decode(ENCODING_RAW, text, text.length + 1), undefined);
    t.equal(decode(9, text, text.length), undefined);
    const bomb = deflateRawSync(Buffer.alloc(200_000_000));
    const before = process.memoryUsage().rss;
    t.equal(decode(ENCODING_DEFLATE, bomb, 16_384), undefined);
    t.ok(process.memoryUsage().rss - before < 50_000_000);
  },
);

import t from 'tap';
import { encodeFrame, FrameReader } from '#src/rpc/frame.js';

const LIMITS = { jsonBytes: 100, dataBytes: 50 };

t.test('a frame that is cut anywhere is put together again', async (t) => {
  const bytes = Buffer.from([0, 1, 2, 255]);
  const wire = Buffer.concat([...encodeFrame('{"a":"ü"}', bytes), ...encodeFrame('{}')]);
  for (let cut = 1; cut <= wire.length; cut++) {
    const reader = new FrameReader();
    const frames = [];
    for (let start = 0; start < wire.length; start += cut) {
      frames.push(...reader.push(wire.subarray(start, start + cut)));
    }
    t.equal(frames.length, 2, `in pieces of ${cut}`);
    t.equal(frames[0]?.json.toString(), '{"a":"ü"}');
    t.same(frames[0]?.bytes, bytes);
    t.equal(frames[1]?.json.toString(), '{}');
    t.equal(frames[1]?.bytes.length, 0);
    t.ok(reader.atBoundary);
  }
});

t.test('a frame over a limit throws before anything is allocated for it', async (t) => {
  for (const [json, data] of [
    [101, 0],
    [10, 51],
    [0xffff_ffff, 0xffff_ffff],
    [0, 10],
  ] as const) {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(json, 0);
    head.writeUInt32BE(data, 4);
    const before = process.memoryUsage().arrayBuffers;
    t.throws(() => [...new FrameReader(LIMITS).push(head)], { code: 'INVALID_ARGUMENT' });
    t.ok(process.memoryUsage().arrayBuffers - before < 1e6, 'no memory was taken');
  }
});

t.test('encoding refuses what the other side would refuse', async (t) => {
  t.throws(() => encodeFrame('x'.repeat(101), undefined, LIMITS), { code: 'INVALID_ARGUMENT' });
  t.throws(() => encodeFrame('{}', new Uint8Array(51), LIMITS), { code: 'INVALID_ARGUMENT' });
  t.doesNotThrow(() => encodeFrame('x'.repeat(100), new Uint8Array(50), LIMITS));
});

t.test('large bytes are not copied on the way out', async (t) => {
  const bytes = Buffer.alloc(1000);
  t.equal(encodeFrame('{}', bytes)[1], bytes);
});

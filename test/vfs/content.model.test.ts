/**
 * Random changes of content against plain buffers: what is read is what a byte array would hold, at every moment, over
 * group commits, with caches of one chunk, and after the database was closed and opened again.
 */
import fc from 'fast-check';
import t from 'tap';
import {
  FALLOC_KEEP_SIZE,
  FALLOC_PUNCH_HOLE,
  FALLOC_ZERO_RANGE,
  SEEK_DATA,
  SEEK_HOLE,
} from '#src/vfs/index.js';
import { codeOf, ScratchWorkspace } from './scratch-workspace.js';

const FILES = 3;
const CHUNK = 65_536;
/** Offsets near what can go wrong: the borders of chunks. */
const offset = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 * CHUNK }) },
  fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: -2, max: 2 }))
    .map(([chunk, by]) => Math.max(0, chunk * CHUNK + by)),
);
const length = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: 2 * CHUNK + 5 }),
  fc.constantFrom(CHUNK, CHUNK - 1, CHUNK + 1),
);
const file = fc.integer({ min: 0, max: FILES - 1 });

type Allocation = 'punch' | 'zero' | 'zero, growing' | 'allocate';
type Step =
  | { do: 'write'; file: number; offset: number; length: number; byte: number }
  | { do: 'truncate'; file: number; size: number }
  | { do: 'fallocate'; how: Allocation; file: number; offset: number; length: number }
  | { do: 'copy'; file: number; offset: number; length: number; to: number; toOffset: number }
  | { do: 'read'; file: number; offset: number; length: number }
  | { do: 'flush' }
  | { do: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      file,
      offset,
      length,
      byte: fc.integer({ min: 1, max: 255 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('truncate' as const), file, size: offset }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fallocate' as const),
      how: fc.constantFrom<Allocation[]>('punch', 'zero', 'zero, growing', 'allocate'),
      file,
      offset,
      length,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('copy' as const),
      file,
      offset,
      length,
      to: file,
      toOffset: offset,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), file, offset, length }) },
  { weight: 3, arbitrary: fc.constant({ do: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);

function pattern(length: number, byte: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 1) bytes[i] = ((i * 7 + byte) % 255) + 1;
  return bytes;
}

/** `bytes` with [at, at + more.length) replaced, longer where needed. */
function spliced(bytes: Buffer, at: number, more: Buffer): Buffer {
  const result = Buffer.alloc(Math.max(bytes.length, at + more.length));
  bytes.copy(result);
  more.copy(result, at);
  return result;
}

function resized(bytes: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  bytes.copy(result);
  return result;
}

class Pair {
  readonly workspace = new ScratchWorkspace();
  readonly model: Buffer[] = [];
  readonly inos: number[] = [];

  constructor() {
    for (let i = 0; i < FILES; i += 1) {
      this.inos.push(this.workspace.file(`file-${i}`).ino);
      this.model.push(Buffer.alloc(0));
    }
  }

  async run(step: Step): Promise<void> {
    const { vfs } = this.workspace;
    if (step.do === 'flush') return vfs.flush();
    if (step.do === 'reopen') {
      await this.workspace.reopen();
      return;
    }
    const inode = vfs.inode(this.inos[step.file]!);
    const old = this.model[step.file]!;
    let now = old;
    if (step.do === 'write') {
      const bytes = pattern(step.length, step.byte);
      vfs.write(inode, step.offset, bytes);
      now = spliced(old, step.offset, bytes);
      bytes.fill(0xff); // The bytes were copied.
    } else if (step.do === 'truncate') {
      vfs.setattr(inode, { size: step.size });
      now = resized(old, step.size);
    } else if (step.do === 'fallocate') {
      now = this.#fallocate(step);
    } else if (step.do === 'copy') {
      this.#copy(step);
      return;
    } else {
      const target = Buffer.alloc(step.length, 0xee);
      const got = vfs.read(inode, step.offset, target);
      const want = old.subarray(step.offset, step.offset + step.length);
      if (got !== want.length || !target.subarray(0, got).equals(want)) throw new Error('read other bytes');
    }
    this.model[step.file] = now;
  }

  #fallocate(step: Extract<Step, { do: 'fallocate' }>): Buffer {
    const { how } = step;
    const flags = {
      punch: FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE,
      zero: FALLOC_ZERO_RANGE | FALLOC_KEEP_SIZE,
      'zero, growing': FALLOC_ZERO_RANGE,
      allocate: 0,
    }[how];
    this.workspace.vfs.fallocate(this.workspace.vfs.inode(this.inos[step.file]!), flags, step);
    const old = this.model[step.file]!;
    const grows = how === 'allocate' || how === 'zero, growing';
    const now = resized(old, grows ? Math.max(old.length, step.offset + step.length) : old.length);
    if (how !== 'allocate') {
      now.fill(0, Math.min(step.offset, now.length), Math.min(step.offset + step.length, now.length));
    }
    return now;
  }

  #copy(step: Extract<Step, { do: 'copy' }>): void {
    const { vfs } = this.workspace;
    const from = { inode: vfs.inode(this.inos[step.file]!), offset: step.offset };
    const to = { inode: vfs.inode(this.inos[step.to]!), offset: step.toOffset };
    const source = this.model[step.file]!;
    const bytes = Buffer.from(source.subarray(step.offset, step.offset + step.length));
    if (step.file === step.to && Math.abs(step.offset - step.toOffset) < bytes.length) {
      const code = codeOf(() => vfs.copyRange(from, to, step.length));
      if (code !== 'EINVAL') throw new Error(`an overlapping copy gave ${code}`);
      return;
    }
    const copied = vfs.copyRange(from, to, step.length);
    if (copied !== bytes.length) throw new Error(`copied ${copied} of ${bytes.length}`);
    if (copied > 0) this.model[step.to] = spliced(this.model[step.to]!, step.toOffset, bytes);
  }

  compare(): void {
    for (let i = 0; i < FILES; i += 1) {
      const inode = this.workspace.vfs.inode(this.inos[i]!);
      const want = this.model[i]!;
      if (inode.size !== want.length) throw new Error(`file ${i}: size ${inode.size}, not ${want.length}`);
      if (!this.workspace.content(inode).equals(want)) throw new Error(`file ${i} has other bytes`);
      this.#compareHoles(i);
    }
  }

  /** Everything that SEEK_HOLE calls a hole is zeros, and the two seeks take turns to the end. */
  #compareHoles(i: number): void {
    const { vfs } = this.workspace;
    const inode = vfs.inode(this.inos[i]!);
    const bytes = this.model[i]!;
    let at = 0;
    while (at < bytes.length) {
      let data = bytes.length;
      const code = codeOf(() => {
        data = vfs.seek(inode, at, SEEK_DATA);
      });
      if (code !== 'none' && code !== 'ENXIO') throw new Error(`SEEK_DATA gave ${code}`);
      if (bytes.subarray(at, data).some((byte) => byte !== 0))
        throw new Error(`data at ${at} in what is a hole`);
      if (data === bytes.length) return;
      at = vfs.seek(inode, data, SEEK_HOLE);
      if (at <= data) throw new Error(`SEEK_HOLE did not move on from ${data}`);
    }
  }
}

t.test(
  'random writes, truncations, holes and copies read back as a byte array would, over commits and reopening',
  async (t) => {
    const seed = Number(process.env.AGENTFS_SEED ?? Date.now() % 2 ** 31);
    t.comment(`seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const pair = new Pair();
        try {
          for (const [index, each] of steps.entries()) {
            await pair.run(each);
            if (index % 4 === 3) pair.compare();
          }
          pair.compare();
          await pair.workspace.reopen();
          pair.compare();
          const problems = pair.workspace.vfs.integrityCheck();
          if (problems.length > 0) throw new Error(problems.join());
        } finally {
          await pair.workspace.remove();
        }
      }),
      { seed, numRuns: 60, interruptAfterTimeLimit: 20_000 },
    );
  },
);

/**
 * Pulls that replace a file again and again under a running mount: a reader sees one version or another, never half of
 * two; and what somebody here writes meanwhile is never overwritten.
 */
import t from 'tap';
import { openSyncEngine } from '#src/sync/index.js';
import { mountFresh } from '../../fuse/mounted.js';
import { eventually, fileRemote, openAgent } from './agent.js';

t.setTimeout(120_000);
const SIZE = 200_000;
const ROUNDS = 12;

/** Every line tells the version, so a mixture is seen wherever it is cut. */
function versionOf(number: number): string {
  const line = `version ${String(number).padStart(4, '0')}\n`;
  return line.repeat(Math.ceil((SIZE + number * 1000) / line.length));
}

t.test('a reader loop sees whole versions only, in order; old descriptors and mappings stay', async (t) => {
  const url = fileRemote(t);
  const writer = openAgent(t);
  const reader = await mountFresh(t);
  const engine = openSyncEngine({
    vfs: reader.vfs,
    workspace: 'shared',
    agent: `feed${'ab'.repeat(14)}`,
    newAgentId: async () => 'f'.repeat(32),
    credentials: { token: async () => undefined, store: async () => {}, remove: async () => {} },
  });
  t.teardown(() => engine.stop());
  for (const it of [writer.engine, engine]) await it.enable({ tursoDb: url, mode: 'manual' });
  writer.write('/f', versionOf(0));
  await writer.engine.push();
  await engine.pull();
  const loop = reader.python(`
import mmap, time
first = os.open('f', os.O_RDONLY)
whole = os.fstat(first).st_size
mapped = mmap.mmap(first, whole, mmap.MAP_SHARED, mmap.PROT_READ)
open('ready', 'w').close()
seen, last, reads = set(), -1, 0
deadline = time.time() + 50
while not os.path.exists('stop') and time.time() < deadline:
    with open('f', 'rb') as f:
        parts = []
        while True:
            part = f.read(7001)
            if not part: break
            parts.append(part)
            time.sleep(0.0002)
    lines = set(b''.join(parts).split(b'\\n')) - {b''}
    assert len(lines) == 1, sorted(lines)[:4]
    number = int(lines.pop()[8:])
    assert number >= last, (number, last)
    assert sum(map(len, parts)) >= ${SIZE}, 'short'
    last = number
    seen.add(number)
    reads += 1
assert set(os.pread(first, whole, 0).split(b'\\n')) - {b''} == {b'version 0000'}, 'old descriptor'
assert set(mapped[:].split(b'\\n')) - {b''} == {b'version 0000'}, 'old mapping'
print(len(seen), reads)
`);
  // Whatever becomes of the loop, the mount is not left while it reads.
  loop.catch(() => undefined);
  await eventually('it reads', () => reader.vfs.lookup(reader.vfs.inode(1), 'ready') !== undefined);
  for (let number = 1; number <= ROUNDS; number += 1) {
    writer.write('/f', versionOf(number));
    await writer.engine.push();
    await engine.pull();
    await reader.mount.notificationsDrained();
  }
  await reader.sh('touch stop');
  const [seen, reads] = (await loop).trim().split(' ').map(Number);
  t.ok(seen! > 1, `${seen} versions seen in ${reads} reads`);
  t.equal(await reader.sh('cat f'), versionOf(ROUNDS));
  t.same(reader.logged, []);
});

t.test(
  'what is written here while pulls replace the file is never overwritten: it is a conflict',
  async (t) => {
    const url = fileRemote(t);
    const a = openAgent(t);
    const b = openAgent(t);
    for (const { engine } of [a, b])
      await engine.enable({ tursoDb: url, mode: 'manual', conflictResolution: 'manual' });
    a.write('/f', versionOf(0));
    await a.engine.push();
    await b.engine.pull();
    a.write('/f', versionOf(1));
    await a.engine.push();
    // Somebody writes at every moment of the pull, from before it looks until after it has applied.
    const pull = b.engine.pull();
    let isOver = false;
    let written = 0;
    void pull.finally(() => {
      isOver = true;
    });
    while (!isOver && written < 2000) {
      written += 1;
      b.writeAt('/f', 0, `written ${String(written).padStart(4, '0')}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await pull;
    const mine = `written ${String(written).padStart(4, '0')}`;
    t.equal(b.read('/f').slice(0, mine.length), mine, 'the last write is there');
    await b.engine.push();
    const [conflict] = await b.engine.conflicts();
    if (conflict === undefined) {
      // The pull was through before the last writes: they are edits of what it brought.
      await a.engine.pull();
      t.equal(a.read('/f'), b.read('/f'));
    } else {
      t.match(conflict, { path: '/f', type: 'modify/modify' });
      t.equal(a.read('/f'), versionOf(1), 'neither side was touched');
    }
  },
);

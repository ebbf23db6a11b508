/** setattr: modes, owners, times, and what Linux clears by itself. */
import t from 'tap';
import { S_ISGID, S_ISUID } from '#src/vfs/index.js';
import { scratch, TestClock } from '../scratch-workspace.js';

t.test('chmod keeps the kind and takes twelve bits, over reopening', async (t) => {
  const w = scratch(t);
  w.vfs.setattr(w.file('file'), { mode: 0o107777 });
  w.vfs.setattr(w.directory('dir'), { mode: 0o1700 });
  await w.reopen();
  t.equal(w.vfs.lookup(w.root, 'file')!.mode, 0o107777);
  t.equal(w.vfs.lookup(w.root, 'dir')!.mode, 0o041700);
});

t.test('chown clears set-user-id, and set-group-id where the group may execute; not of directories', (t) => {
  const w = scratch(t);
  const cases: [number, number][] = [
    [0o6755, 0o755],
    [0o6745, S_ISGID | 0o745],
    [0o4644, 0o644],
  ];
  for (const [before, after] of cases) {
    const file = w.file(`file-${before.toString(8)}`);
    w.vfs.setattr(file, { mode: before });
    w.vfs.setattr(file, { uid: 5 });
    t.equal(file.mode & 0o7777, after, before.toString(8));
    w.vfs.setattr(file, { mode: before });
    w.vfs.setattr(file, { gid: 6 });
    t.equal(file.mode & 0o7777, after, before.toString(8));
    w.vfs.setattr(file, { uid: 1, mode: before });
    t.equal(file.mode & 0o7777, before, 'a mode that is asked for stays');
  }
  const dir = w.directory('dir');
  w.vfs.setattr(dir, { mode: 0o6755 });
  w.vfs.setattr(dir, { uid: 5, gid: 6 });
  t.equal(dir.mode & 0o7777, S_ISUID | S_ISGID | 0o755);
  t.end();
});

t.test('a truncation clears set-id bits when the kernel says so', (t) => {
  const w = scratch(t);
  const file = w.file('file', 'text');
  w.vfs.setattr(file, { mode: 0o6755 });
  w.vfs.setattr(file, { size: 2 });
  t.equal(file.mode & 0o7777, 0o6755);
  w.vfs.setattr(file, { size: 1, killSuidGid: true });
  t.equal(file.mode & 0o7777, 0o755);
  t.end();
});

t.test('times before 1970, far ahead and to the nanosecond survive reopening', async (t) => {
  const w = scratch(t);
  const times: [number, number][] = [
    [-1, 999_999_999],
    [-2_208_988_800, 1],
    [0, 0],
    [2 ** 31 + 5, 123_456_789],
    [253_402_300_799, 999_999_999],
  ];
  for (const [i, [sec, nsec]] of times.entries()) {
    w.vfs.setattr(w.file(`file-${i}`), { atime: { sec: sec + 1, nsec }, mtime: { sec, nsec } });
  }
  await w.reopen();
  for (const [i, [sec, nsec]] of times.entries()) {
    t.match(
      w.vfs.lookup(w.root, `file-${i}`),
      { mtimeSec: sec, mtimeNsec: nsec, atimeSec: sec + 1, atimeNsec: nsec },
      String(sec),
    );
  }
});

t.test('utimens sets one time or both, to now or to a time, and moves ctime', (t) => {
  const clock = new TestClock();
  const w = scratch(t, { clock });
  const file = w.file('file');
  const made = clock.sec;
  clock.sec += 10;
  w.vfs.setattr(file, { atime: { sec: 5, nsec: 6 } });
  t.match(file, { atimeSec: 5, atimeNsec: 6, mtimeSec: made, ctimeSec: clock.sec });
  clock.sec += 10;
  w.vfs.setattr(file, { mtime: 'now' });
  t.match(file, { atimeSec: 5, mtimeSec: clock.sec, ctimeSec: clock.sec });
  w.vfs.setattr(file, { ctime: { sec: 77, nsec: 8 } });
  t.match(file, { ctimeSec: 77, ctimeNsec: 8 });
  t.end();
});

t.test('one setattr with a size and a time keeps the time, as utimens after a truncation would', (t) => {
  const w = scratch(t);
  const file = w.file('file', 'text');
  w.vfs.setattr(file, { size: 1, mtime: { sec: 9, nsec: 9 }, uid: 3, gid: 4, mode: 0o600 });
  t.match(file, { size: 1, mtimeSec: 9, mtimeNsec: 9, uid: 3, gid: 4, mode: 0o100600 });
  t.end();
});

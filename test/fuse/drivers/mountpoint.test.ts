import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkMountpoint, listMounts, mountAt, parseMountinfo } from '#src/fuse/drivers/mountpoint.js';
import { freshDirectory, mountTiny, skipUnlessRoot } from './client.js';

t.test(
  'parseMountinfo reads sources, types and octal escapes, with and without optional fields',
  async (t) => {
    const text = [
      '22 1 254:0 / / rw,relatime - ext4 /dev/root rw',
      '40 22 0:35 / /mnt/with\\040space\\011tab\\134slash rw,nosuid shared:12 master:3 - fuse.agentfs my\\040ws rw,user_id=0',
      '41 22 0:36 / /mnt/é rw - fuse.agentfs ws rw',
      'garbage',
      '',
    ].join('\n');
    t.strictSame(parseMountinfo(text), [
      { mountpoint: '/', source: '/dev/root', type: 'ext4', device: '254:0' },
      { mountpoint: '/mnt/with space\ttab\\slash', source: 'my ws', type: 'fuse.agentfs', device: '0:35' },
      { mountpoint: '/mnt/é', source: 'ws', type: 'fuse.agentfs', device: '0:36' },
    ]);
  },
);

t.test('checkMountpoint returns the path without symlinks of an empty directory', async (t) => {
  const dir = freshDirectory(t);
  mkdirSync(join(dir, 'real'));
  symlinkSync('real', join(dir, 'link'));
  symlinkSync(join(dir, 'link'), join(dir, 'link-to-link'));
  t.equal(checkMountpoint(join(dir, 'link-to-link')), join(dir, 'real'));
  t.equal(checkMountpoint(join(dir, 'real', '..', 'real')), join(dir, 'real'));
});

t.test('checkMountpoint refuses what will not do, with MOUNTPOINT_INVALID and the remedy', async (t) => {
  const dir = freshDirectory(t);
  writeFileSync(join(dir, 'file'), '');
  symlinkSync('loop', join(dir, 'loop'));
  const refuses = (path: string, hint: RegExp) =>
    t.throws(() => checkMountpoint(path), { code: 'MOUNTPOINT_INVALID', hint });
  refuses(join(dir, 'missing'), /mkdir -p/);
  refuses(join(dir, 'file'), /empty directory/);
  refuses(join(dir, 'file', 'below'), /empty directory/);
  refuses(join(dir, 'loop'), /another directory/);
  refuses(dir, /empty directory/);
});

t.test('checkMountpoint refuses any other mount with MOUNTPOINT_BUSY', async (t) => {
  t.throws(() => checkMountpoint('/proc'), { code: 'MOUNTPOINT_BUSY', hint: /another directory/ });
});

t.test(
  'without a descriptor for the mount table no path is looked at: EMFILE, with the remedy',
  async (t) => {
    const held: number[] = [];
    const limit = (soft: string) =>
      execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${soft}:`]);
    const dir = freshDirectory(t);
    const before = mountAt(dir);
    limit('200');
    t.teardown(() => limit('1024'));
    try {
      for (;;) held.push(openSync('/dev/null', 'r'));
    } catch {
      // None is left.
    }
    const refusals = [listMounts, () => mountAt(dir), () => checkMountpoint(dir)].map((look) => {
      try {
        return look();
      } catch (error) {
        return error;
      }
    });
    for (const descriptor of held) closeSync(descriptor);
    t.equal(before, undefined);
    for (const refusal of refusals) t.match(refusal, { code: 'EMFILE', hint: /ulimit -n/ });
  },
);

t.test(
  'a mount of this process is recognised without looking into it',
  { skip: skipUnlessRoot },
  async (t) => {
    let requests = 0;
    const { dir } = await mountTiny(t, {
      lookup() {
        requests++;
        return undefined;
      },
    });
    const outside = freshDirectory(t);
    symlinkSync(dir, join(outside, 'link'));
    t.match(mountAt(dir), { source: 'tiny' });
    t.match(mountAt(join(outside, 'link')), { source: 'tiny' });
    t.equal(mountAt(join(dir, 'below')), undefined);
    t.equal(mountAt(outside), undefined);
    t.ok(listMounts().every((entry) => entry.type === 'fuse.agentfs'));
    // Each of these would hang for ever if it asked the mount, because this thread is the one to answer.
    t.throws(() => checkMountpoint(dir), { code: 'MOUNTPOINT_BUSY', hint: /agentfs umount/ });
    t.throws(() => checkMountpoint(join(outside, 'link')), { code: 'MOUNTPOINT_BUSY' });
    t.throws(() => checkMountpoint(join(dir, 'a', 'b')), { code: 'MOUNTPOINT_INVALID', message: /'tiny'/ });
    t.throws(() => checkMountpoint(join(outside, 'link', 'a')), { code: 'MOUNTPOINT_INVALID' });
    t.equal(requests, 0);
  },
);

import t from 'tap';
import { parseMounts } from '#src/cli/mount-table.js';

const MOUNTINFO = [
  '23 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw',
  '90 28 0:50 / /home/a/work rw,nosuid,nodev shared:1 - fuse.agentfs my-workspace rw,user_id=0',
  '91 28 0:51 / /home/a/two\\040words rw - fuse.agentfs other rw',
  '92 28 0:52 / /mnt/x rw - fuse.sshfs host:/ rw',
  '',
].join('\n');

t.test('only AgentFS mounts are found, newest first, with their escapes read', async (t) => {
  t.strictSame(parseMounts(MOUNTINFO), [
    { mountpoint: '/home/a/two words', source: 'other', minor: '51' },
    { mountpoint: '/home/a/work', source: 'my-workspace', minor: '50' },
  ]);
});

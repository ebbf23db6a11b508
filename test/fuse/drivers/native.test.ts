import { closeSync, openSync, readFileSync } from 'node:fs';
import t from 'tap';
import { AgentFsError } from '#src/base/index.js';
import { listMounts } from '#src/fuse/drivers/mountpoint.js';
import { mountNative } from '#src/fuse/drivers/native.js';
import {
  freshDirectory,
  mountTiny,
  run,
  skipUnlessRoot,
  startClient,
  statFromOutside,
  waitFor,
} from './client.js';
import { errorReply, invalidateEntry } from './tiny-filesystem.js';

const EBUSY = 16;
const EACCES = 13;

t.test('as root', { skip: skipUnlessRoot }, async (t) => {
  t.test('a mount answers lookups, shows its source and type, and is gone after unmount', async (t) => {
    const { dir, channel, closed, faults } = await mountTiny(t, {}, { name: 'my-workspace' });
    t.match(
      listMounts().find((entry) => entry.mountpoint === dir),
      { source: 'my-workspace', type: 'fuse.agentfs' },
    );
    t.strictSame(await statFromOutside(dir, `${dir}/file`, `${dir}/absent`), ['ok', 'ok', 'ENOENT']);
    t.equal((await run('cat', `${dir}/file`)).stdout, 'tiny');
    const { requests, replies, replyErrors } = channel.statistics();
    t.ok(requests >= 4 && replies >= 4, 'requests are counted');
    t.equal(replyErrors, 0);
    await channel.unmount();
    t.equal(await closed, undefined);
    t.notOk(listMounts().some((entry) => entry.mountpoint === dir));
    t.strictSame(faults, []);
    await t.rejects(channel.unmount(), { code: 'NOT_MOUNTED' });
  });

  t.test('the buffers are page aligned and hold 1 MiB and its headers', async (t) => {
    const { channel } = await mountTiny(t);
    for (const buffer of [channel.request, channel.reply]) {
      t.ok(buffer.length >= (1 << 20) + 80);
      t.equal(buffer.byteOffset % 4096, 0);
    }
  });

  t.test(
    'two mounts in one process serve side by side, and one goes on when the other has gone',
    async (t) => {
      const first = await mountTiny(t, { lookup: (name) => (name === 'first' ? EACCES : undefined) });
      const second = await mountTiny(t, { lookup: (name) => (name === 'second' ? EACCES : undefined) });
      t.strictSame(await statFromOutside(`${first.dir}/first`, `${second.dir}/first`), ['EACCES', 'ENOENT']);
      t.strictSame(await statFromOutside(`${first.dir}/second`, `${second.dir}/second`), [
        'ENOENT',
        'EACCES',
      ]);
      await first.channel.unmount();
      await first.closed;
      t.strictSame(await statFromOutside(`${second.dir}/second`), ['EACCES']);
    },
  );

  t.test(
    'an exception in the handler gives the caller EIO, reaches onFault, and the mount goes on',
    async (t) => {
      const { dir, faults } = await mountTiny(t, {
        lookup(name) {
          if (name === 'boom') throw new Error('boom');
          return undefined;
        },
      });
      t.strictSame(await statFromOutside(`${dir}/boom`, `${dir}/absent`), ['EIO', 'ENOENT']);
      t.match(faults, [{ message: 'boom' }]);
    },
  );

  t.test('a reply that the kernel refuses gives the caller EIO instead of leaving it hanging', async (t) => {
    const { dir, channel, faults } = await mountTiny(t, {
      lookup: (name) => (name === 'bad' ? 4096 : undefined),
    });
    t.strictSame(await statFromOutside(`${dir}/bad`), ['EIO']);
    t.equal(channel.statistics().replyErrors, 1);
    t.equal(faults.length, 1);
  });

  t.test('a deferred reply is sent from a promise job and from a timer', async (t) => {
    const mount = await mountTiny(t, {
      lookup(name, unique) {
        if (name === 'job') void Promise.resolve().then(() => mount.channel.send(errorReply(unique, EACCES)));
        else if (name === 'timer') setTimeout(() => mount.channel.send(errorReply(unique, EBUSY)), 1);
        else return undefined;
        return 'defer';
      },
    });
    t.strictSame(await statFromOutside(`${mount.dir}/job`, `${mount.dir}/timer`, `${mount.dir}/x`), [
      'EACCES',
      'EBUSY',
      'ENOENT',
    ]);
  });

  t.test('a busy mount refuses a plain unmount with MOUNTPOINT_BUSY and takes a lazy one', async (t) => {
    const { dir, channel, closed } = await mountTiny(t);
    const { child, done } = startClient('sh', '-c', `cd ${dir} && echo in && read line`);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    await t.rejects(channel.unmount(), { code: 'MOUNTPOINT_BUSY', hint: /fuser/ });
    await channel.unmount({ lazy: true });
    t.notOk(listMounts().some((entry) => entry.mountpoint === dir));
    child.stdin?.end('\n');
    await done;
    t.equal(await closed, undefined, 'closed when the last one has left');
  });

  t.test(
    'abort fails a waiting request, calls onClosed once, and leaves a mount that can be cleared',
    async (t) => {
      let waiting = false;
      const { dir, channel, closed } = await mountTiny(t, {
        lookup() {
          waiting = true;
          return 'defer';
        },
      });
      const answer = statFromOutside(`${dir}/never`);
      await waitFor('the request', () => waiting);
      channel.abort();
      channel.abort();
      t.strictSame(await answer, ['ECONNABORTED']);
      t.equal(await closed, undefined);
      t.strictSame(await statFromOutside(`${dir}/other`), ['ENOTCONN']);
      channel.send(errorReply(1n, EBUSY));
      channel.notify(invalidateEntry(1n, 'x'));
      await channel.notificationsDrained();
      await channel.unmount();
    },
  );

  t.test('abort from inside the handler ends the mount', async (t) => {
    const mount = await mountTiny(t, {
      lookup() {
        mount.channel.abort();
        return EACCES;
      },
    });
    t.match((await statFromOutside(`${mount.dir}/x`))[0], /ECONNABORTED|ENOTCONN/);
    t.equal(await mount.closed, undefined);
  });

  t.test('a notification makes the kernel forget a name, and the client asks again', async (t) => {
    let lookups = 0;
    const { dir, channel } = await mountTiny(t, {
      lookup(name) {
        if (name === 'file') lookups++;
        return undefined;
      },
    });
    await statFromOutside(`${dir}/file`, `${dir}/file`);
    t.equal(lookups, 1, 'the second look came from the cache');
    channel.notify(invalidateEntry(1n, 'file'));
    channel.notify(invalidateEntry(1n, 'never-seen'));
    await channel.notificationsDrained();
    t.match(channel.statistics(), { notifications: 2, notificationErrors: 0 });
    await statFromOutside(`${dir}/file`);
    t.equal(lookups, 2);
  });

  t.test(
    'notifications wait for a lock that a deferred request holds without blocking this thread',
    async (t) => {
      let held: bigint | undefined;
      const { dir, channel } = await mountTiny(t, {
        lookup(name, unique) {
          if (name !== 'held') return undefined;
          held = unique;
          return 'defer';
        },
      });
      // mkdir holds the directory's lock in the kernel while its lookup waits for us.
      const { done } = startClient('mkdir', `${dir}/held`);
      await waitFor('the lookup', () => held !== undefined);
      for (let i = 0; i < 100; i++) channel.notify(invalidateEntry(1n, `name-${i}`));
      t.equal(channel.statistics().notifications, 0, 'the notifier waits for the lock');
      t.strictSame(await statFromOutside(dir), ['ok'], 'and requests are served meanwhile');
      channel.send(errorReply(held ?? 0n, EACCES));
      await channel.notificationsDrained();
      t.equal(channel.statistics().notifications, 100);
      t.not((await done).code, 0);
    },
  );

  t.test('abort while the notifier waits for such a lock frees both', async (t) => {
    let held = false;
    const { dir, channel, closed } = await mountTiny(t, {
      lookup(name) {
        if (name !== 'held') return undefined;
        held = true;
        return 'defer';
      },
    });
    const { done } = startClient('mkdir', `${dir}/held`);
    await waitFor('the lookup', () => held);
    channel.notify(invalidateEntry(1n, 'name'));
    channel.abort();
    t.not((await done).code, 0);
    t.equal(await closed, undefined);
  });

  t.test('timers run while a client keeps the mount busy', async (t) => {
    const { dir, channel } = await mountTiny(t);
    const { child, done } = startClient(
      process.execPath,
      '-e',
      `const {statSync} = require('fs'); let end = false; process.stdin.on('data', () => process.exit());
       (function go(i) { for (let n = 0; n < 500; n++) statSync('${dir}/x' + i + n, {throwIfNoEntry: false}); setImmediate(go, i + 500); })(0);`,
    );
    await waitFor('load', () => channel.statistics().requests > 500);
    const late: number[] = [];
    for (let i = 0; i < 50; i++) {
      const from = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 1));
      late.push(performance.now() - from);
    }
    child.stdin?.write('end');
    await done;
    late.sort((a, b) => a - b);
    t.ok((late[25] ?? 1e9) < 25, `median wait of a 1 ms timer: ${late[25]} ms`);
  });

  t.test('an idle mount uses no CPU', async (t) => {
    const { dir, channel } = await mountTiny(t);
    await statFromOutside(...Array.from({ length: 200 }, (_, i) => `${dir}/x${i}`));
    const before = channel.statistics();
    const from = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const used = process.cpuUsage(from);
    t.equal(channel.statistics().wakeups, before.wakeups);
    t.equal(channel.statistics().spinMisses, before.spinMisses);
    t.ok(used.user + used.system < 100_000, `${used.user + used.system} us in 300 ms`);
  });

  t.test(
    'read-only mounts refuse writes with EROFS, and set-user-id and devices are off unless asked for',
    async (t) => {
      const readOnly = await mountTiny(t, {}, { readOnly: true });
      t.match((await run('touch', `${readOnly.dir}/new`)).stderr, /Read-only/);
      const optionsOf = (dir: string) =>
        readFileSync('/proc/self/mountinfo', 'utf8')
          .split('\n')
          .find((line) => line.includes(` ${dir} `));
      t.match(optionsOf(readOnly.dir), /\bro\b.*nosuid.*nodev/);
      const trusted = await mountTiny(t, {}, { suid: true, dev: true, allowOther: true, maxRead: 65536 });
      t.notMatch(optionsOf(trusted.dir), /nosuid|nodev/);
      t.match(optionsOf(trusted.dir), /allow_other.*max_read=65536/);
    },
  );

  t.test('a mount that was never started is aborted when its channel is', async (t) => {
    const dir = freshDirectory(t);
    const channel = await mountNative({ mountpoint: dir, name: 'tiny' });
    channel.abort();
    t.strictSame(await statFromOutside(dir), ['ENOTCONN']);
    t.throws(
      () =>
        channel.start(
          () => 0,
          () => {},
        ),
      Error,
    );
    await channel.unmount();
  });

  t.test('a descriptor of /dev/fuse is not inherited by children', async (t) => {
    await mountTiny(t);
    t.notMatch((await run('ls', '-l', '/proc/self/fd')).stdout, /\/dev\/fuse/);
  });

  t.test('a mountpoint that will not do is refused before anything is mounted', async (t) => {
    await t.rejects(mountNative({ mountpoint: '/nowhere/at/all', name: 'tiny' }), {
      code: 'MOUNTPOINT_INVALID',
    });
    await t.rejects(mountNative({ mountpoint: '/', name: 'a name with spaces' }), AgentFsError);
  });

  t.test('no descriptor is left behind by mounts that have gone', async (t) => {
    const lowest = () => {
      const fd = openSync('/dev/null', 'r');
      closeSync(fd);
      return fd;
    };
    const once = await mountTiny(t);
    await once.channel.unmount();
    await once.closed;
    const before = lowest();
    for (let i = 0; i < 5; i++) {
      const { channel, closed } = await mountTiny(t);
      await channel.unmount();
      await closed;
    }
    t.equal(lowest(), before);
  });
});

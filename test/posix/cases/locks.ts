/**
 * Locks between processes: flock(2), and records by fcntl(2) with their traditional and their open-file flavour.
 */
import { readFileSync } from 'node:fs';
import type { Actor } from '../actor.js';
import { type Case, deepEqual, equal, fails, until } from '../case.js';

/** The call waits for a lock when the kernel lists its process behind an arrow. Reads no file of the directory. */
async function waits(actor: Actor, start: () => Promise<unknown>): Promise<{ granted: Promise<unknown> }> {
  const { pid } = await actor.whoami();
  const call = start();
  call.catch(() => undefined);
  const listed = new RegExp(`-> .* ${pid} `);
  await until(
    async () => listed.test(readFileSync('/proc/locks', 'utf8')),
    `process ${pid} waiting for a lock`,
  );
  return { granted: call };
}

export const LOCKS: readonly Case[] = [
  {
    title: 'flock excludes other processes, is shared by readers, and goes with the last descriptor',
    async run({ fs, process }) {
      const [second, third] = [await process(1), await process(2)];
      await fs.put('f', 'x');
      const mine = await fs.open('f', 'O_RDWR');
      const theirs = await second.open('f', 'O_RDONLY');
      const others = await third.open('f', 'O_RDONLY');
      await fs.flock(mine, 'LOCK_EX');
      await fails(second.flock(theirs, 'LOCK_SH|LOCK_NB'), 'EAGAIN');
      await fs.flock(mine, 'LOCK_SH');
      await second.flock(theirs, 'LOCK_SH|LOCK_NB');
      await third.flock(others, 'LOCK_SH|LOCK_NB');
      await fails(fs.flock(mine, 'LOCK_EX|LOCK_NB'), 'EAGAIN');
      await second.flock(theirs, 'LOCK_UN');
      await third.close(others);
      await fs.flock(mine, 'LOCK_EX|LOCK_NB');
      const twin = await fs.dup(mine);
      await fs.close(mine);
      await fails(second.flock(theirs, 'LOCK_SH|LOCK_NB'), 'EAGAIN');
      const again = await fs.open('f', 'O_RDWR');
      await fails(fs.flock(again, 'LOCK_SH|LOCK_NB'), 'EAGAIN');
      await fs.close(twin);
      await second.flock(theirs, 'LOCK_EX|LOCK_NB');
    },
  },
  {
    title: 'a process that waits for flock gets it when the other lets go',
    async run({ fs, process }) {
      const second = await process(1);
      await fs.put('f', 'x');
      const mine = await fs.open('f', 'O_RDWR');
      const theirs = await second.open('f', 'O_RDWR');
      await fs.flock(mine, 'LOCK_EX');
      const { granted } = await waits(second, () => second.flock(theirs, 'LOCK_EX'));
      await fs.flock(mine, 'LOCK_UN');
      await granted;
      await fails(fs.flock(mine, 'LOCK_EX|LOCK_NB'), 'EAGAIN');
    },
  },
  {
    title: 'fcntl locks ranges of a file between processes, and F_GETLK says who has one',
    async run({ fs, process }) {
      const second = await process(1);
      await fs.put('f', '0123456789');
      const mine = await fs.open('f', 'O_RDWR');
      const theirs = await second.open('f', 'O_RDWR');
      const { pid } = await fs.whoami();
      await fs.lock(mine, 'F_SETLK', 'F_WRLCK', 2, 4);
      await fails(second.lock(theirs, 'F_SETLK', 'F_WRLCK', 5, 10), 'EAGAIN', 'EACCES');
      await fails(second.lock(theirs, 'F_SETLK', 'F_RDLCK', 0, 0), 'EAGAIN', 'EACCES');
      await second.lock(theirs, 'F_SETLK', 'F_WRLCK', 6, 0);
      deepEqual(await second.lock(theirs, 'F_GETLK', 'F_WRLCK', 0, 0), ['F_WRLCK', 2, 4, pid]);
      await fs.lock(mine, 'F_SETLK', 'F_UNLCK', 3, 1);
      await second.lock(theirs, 'F_SETLK', 'F_WRLCK', 3, 1);
      deepEqual(await second.lock(theirs, 'F_GETLK', 'F_WRLCK', 3, 1), ['F_UNLCK', 3, 1, 0]);
      const { granted } = await waits(second, () => second.lock(theirs, 'F_SETLKW', 'F_WRLCK', 2, 1));
      await fs.lock(mine, 'F_SETLK', 'F_UNLCK', 0, 0);
      await granted;
      const reading = await fs.open('f', 'O_RDONLY');
      await fails(fs.lock(reading, 'F_SETLK', 'F_WRLCK', 100, 1), 'EBADF');
    },
  },
  {
    title: 'fcntl locks of a process go with the first of its descriptors, and with the process',
    async run({ fs, process }) {
      const second = await process(1);
      await fs.put('f', 'x');
      const mine = await fs.open('f', 'O_RDWR');
      const theirs = await second.open('f', 'O_RDWR');
      await fs.lock(mine, 'F_SETLK', 'F_WRLCK');
      await fs.lock(mine, 'F_SETLK', 'F_RDLCK');
      await second.lock(theirs, 'F_SETLK', 'F_RDLCK');
      await second.lock(theirs, 'F_SETLK', 'F_UNLCK');
      await fs.lock(mine, 'F_SETLK', 'F_WRLCK');
      await fs.close(await fs.open('f', 'O_RDONLY'));
      await second.lock(theirs, 'F_SETLK', 'F_WRLCK');
      await second.lock(theirs, 'F_SETLK', 'F_UNLCK');
      const { code } = await fs.run('flock', '-n', 'f', 'true');
      equal(code, 0);
    },
  },
  {
    title: 'two processes that wait for each other\u2019s fcntl locks are told: EDEADLK',
    async run({ fs, process }) {
      const second = await process(1);
      await fs.put('f', 'xx');
      const mine = await fs.open('f', 'O_RDWR');
      const theirs = await second.open('f', 'O_RDWR');
      await fs.lock(mine, 'F_SETLK', 'F_WRLCK', 0, 1);
      await second.lock(theirs, 'F_SETLK', 'F_WRLCK', 1, 1);
      const { granted } = await waits(second, () => second.lock(theirs, 'F_SETLKW', 'F_WRLCK', 0, 1));
      await fails(fs.lock(mine, 'F_SETLKW', 'F_WRLCK', 1, 1), 'EDEADLK');
      await fs.lock(mine, 'F_SETLK', 'F_UNLCK', 0, 0);
      await granted;
    },
  },
  {
    title: 'open-file locks belong to the descriptor: two of one process exclude each other',
    async run({ fs }) {
      await fs.put('f', 'x');
      const [one, two] = [await fs.open('f', 'O_RDWR'), await fs.open('f', 'O_RDWR')];
      await fs.lock(one, 'F_OFD_SETLK', 'F_WRLCK', 0, 10);
      await fails(fs.lock(two, 'F_OFD_SETLK', 'F_WRLCK', 5, 1), 'EAGAIN');
      await fs.lock(two, 'F_OFD_SETLK', 'F_WRLCK', 10, 1);
      equal((await fs.lock(two, 'F_OFD_GETLK', 'F_WRLCK', 0, 1))[0], 'F_WRLCK');
      await fs.close(one);
      await fs.lock(two, 'F_OFD_SETLK', 'F_WRLCK', 0, 0);
    },
  },
  {
    title: 'what four processes count up under a lock is counted right',
    async run({ fs, process, full }) {
      const rounds = full ? 1_000 : 100;
      await fs.put('flock', '0');
      await fs.put('fcntl', '0');
      const workers = await Promise.all([1, 2, 3, 4].map((number) => process(number)));
      for (const how of ['flock', 'fcntl'] as const) {
        await Promise.all(workers.map((one) => one.addUnderLock(how, rounds, how)));
        equal(await fs.get(how), String(4 * rounds), how);
      }
    },
  },
];

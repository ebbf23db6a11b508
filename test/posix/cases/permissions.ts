/**
 * Who may do what: modes, groups, umask, access(2), sticky and set-group-id directories, and set-id bits that go.
 */
import { release } from 'node:os';
import { ALICE, BOB, CAROL, type Case, deepEqual, equal, fails, type Ground, TEAM } from '../case.js';

/** A directory that everybody writes to. */
async function commons({ fs }: Ground, mode: number): Promise<void> {
  await fs.mkdir('d');
  await fs.chmod('d', mode);
}

export const PERMISSIONS: readonly Case[] = [
  {
    title: 'the umask takes bits from files, directories, FIFOs and unnamed files, and from nothing else',
    async run({ fs }) {
      await fs.umask(0o027);
      await fs.put('file', 'x', 0o666);
      await fs.mkdir('directory', 0o777);
      await fs.mkfifo('fifo', 0o666);
      await fs.mknod('node', 'S_IFREG', 0o666, 0);
      await fs.symlink('file', 'symlink');
      const modes = ['file', 'directory', 'fifo', 'node', 'symlink'].map((name) => fs.lstat(name));
      deepEqual(
        (await Promise.all(modes)).map(({ mode }) => mode),
        [0o640, 0o750, 0o640, 0o640, 0o777],
      );
      await fs.chmod('file', 0o777);
      equal((await fs.stat('file')).mode, 0o777);
      await fs.umask(0o777);
      const fd = await fs.open('none', 'O_RDWR|O_CREAT', 0o666);
      await fs.write(fd, 'may be written through the descriptor that made it');
      equal((await fs.fstat(fd)).mode, 0);
    },
  },
  {
    title: 'chmod and fchmod set all twelve bits, and change ctime alone',
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.utimensat('f', 5n, 5n);
      for (const mode of [0, 0o777, 0o7777, 0o1644, 0o4711, 0o2711]) {
        const before = await fs.stat('f');
        await fs.chmod('f', mode);
        const after = await fs.stat('f');
        deepEqual([after.mode, after.mtime, after.ctime >= before.ctime], [mode, 5n, true]);
      }
      const fd = await fs.open('f', 'O_RDONLY');
      await fs.fchmod(fd, 0o600);
      equal((await fs.stat('f')).mode, 0o600);
    },
  },
  {
    title: 'root may read and write anything, and execute what somebody may execute',
    needs: ['root'],
    async run({ fs }) {
      await fs.put('f', 'x', 0o000);
      await fs.chmod('f', 0);
      equal(await fs.get('f'), 'x');
      equal(await fs.access('f', 'R_OK|W_OK'), true);
      equal(await fs.access('f', 'X_OK'), false);
      await fs.chmod('f', 0o001);
      equal(await fs.access('f', 'X_OK'), true);
      await fs.mkdir('d', 0);
      equal(await fs.access('d', 'R_OK|W_OK|X_OK'), true);
    },
  },
  {
    title: 'owner, group and others each have their bits, and a member of the group by a supplementary one',
    needs: ['users'],
    async run(ground) {
      const { fs } = ground;
      const [alice, bob, carol] = [await ground.as(ALICE), await ground.as(BOB), await ground.as(CAROL)];
      await fs.put('f', 'x');
      await fs.chown('f', ALICE.uid, TEAM);
      const can = async (mode: number) => {
        await fs.chmod('f', mode);
        const answers: string[] = [];
        for (const who of [alice, carol, bob]) {
          const bits = [];
          for (const bit of ['R_OK', 'W_OK', 'X_OK']) bits.push((await who.access('f', bit)) ? bit[0] : '-');
          answers.push(bits.join(''));
        }
        return answers;
      };
      deepEqual(await can(0o750), ['RWX', 'R-X', '---']);
      deepEqual(await can(0o046), ['---', 'R--', 'RW-']);
      deepEqual(await can(0o604), ['RW-', '---', 'R--']);
      deepEqual(await can(0o061), ['---', 'RW-', '--X']);
      await fs.chmod('f', 0o640);
      equal(await carol.get('f'), 'x');
      await fails(bob.get('f'), 'EACCES');
      await fails(carol.put('f', 'y'), 'EACCES');
      await fails(bob.truncate('f', 0), 'EACCES');
    },
  },
  {
    title: 'a directory is listed by its r, entered by its x, and changed by its w',
    needs: ['users'],
    async run(ground) {
      const { fs } = ground;
      const bob = await ground.as(BOB);
      await fs.mkdir('d');
      await fs.put('d/f', 'x');
      await fs.chmod('d', 0o754);
      deepEqual(await bob.listdir('d'), ['f']);
      await fails(bob.stat('d/f'), 'EACCES');
      await fs.chmod('d', 0o751);
      await fails(bob.listdir('d'), 'EACCES');
      equal(await bob.get('d/f'), 'x');
      await fails(bob.put('d/g', 'x'), 'EACCES');
      await fails(bob.unlink('d/f'), 'EACCES');
      await fails(bob.rename('d/f', 'd/g'), 'EACCES');
      await fs.chmod('d', 0o757);
      await bob.put('d/g', 'x');
      const { uid, gid } = await fs.stat('d/g');
      deepEqual([uid, gid], [BOB.uid, BOB.gid]);
      await bob.unlink('d/f');
    },
  },
  {
    title: 'chmod, chown and times are the owner\u2019s; a group may be given away that one is in',
    needs: ['users'],
    async run(ground) {
      const { fs } = ground;
      const [alice, bob] = [await ground.as(ALICE), await ground.as(BOB)];
      await commons(ground, 0o777);
      await alice.put('d/f', 'x');
      await fails(bob.chmod('d/f', 0o777), 'EPERM');
      await fails(bob.chown('d/f', BOB.uid, -1), 'EPERM');
      await fails(alice.chown('d/f', BOB.uid, -1), 'EPERM');
      await fails(alice.chown('d/f', -1, BOB.gid), 'EPERM');
      await alice.chown('d/f', -1, TEAM);
      equal((await fs.stat('d/f')).gid, TEAM);
      await fails(bob.utimensat('d/f', 1n, 1n), 'EPERM');
      await fails(bob.utimensat('d/f', 'now', 'now'), 'EACCES');
      await alice.chmod('d/f', 0o666);
      await bob.utimensat('d/f', 'now', 'now');
      await fails(bob.utimensat('d/f', 'now', 'omit'), 'EPERM');
      await alice.utimensat('d/f', 1n, 1n);
      await fails(bob.setxattr('d/f', 'trusted.k', 'v'), 'EPERM');
      await bob.setxattr('d/f', 'user.k', 'v');
    },
  },
  {
    title: 'in a sticky directory only the owner of a file, of the directory, and root remove and rename it',
    needs: ['users'],
    async run(ground) {
      const { fs } = ground;
      const [alice, bob] = [await ground.as(ALICE), await ground.as(BOB)];
      await commons(ground, 0o1777);
      for (const name of ['a', 'b', 'c']) await alice.put(`d/${name}`, 'x', 0o666);
      await alice.mkdir('d/sub');
      await bob.put('d/mine', 'x');
      await fails(bob.unlink('d/a'), 'EPERM');
      await fails(bob.rename('d/a', 'd/z'), 'EPERM');
      await fails(bob.rename('d/mine', 'd/a'), 'EPERM');
      await fails(bob.renameat2('d/mine', 'd/a', 'RENAME_EXCHANGE'), 'EPERM');
      await fails(bob.rmdir('d/sub'), 'EPERM');
      await alice.rename('d/a', 'd/z');
      await alice.unlink('d/z');
      await fs.unlink('d/b');
      await fs.chown('d', BOB.uid, -1);
      await bob.unlink('d/c');
      await bob.rmdir('d/sub');
    },
  },
  {
    title: 'a set-group-id directory hands its group to what is made in it, and its bit to directories',
    needs: ['users'],
    async run(ground) {
      const { fs } = ground;
      const alice = await ground.as(ALICE);
      await fs.mkdir('d');
      await fs.chown('d', -1, TEAM);
      await fs.chmod('d', 0o2777);
      await alice.put('d/f', 'x');
      await alice.mkdir('d/sub', 0o755);
      await alice.mkdir('d/sub/sub', 0o700);
      await alice.mkfifo('d/fifo');
      await alice.symlink('f', 'd/s');
      for (const name of ['f', 'sub', 'sub/sub', 'fifo', 's']) {
        equal((await fs.lstat(`d/${name}`)).gid, TEAM, name);
      }
      deepEqual([(await fs.stat('d/sub')).mode, (await fs.stat('d/sub/sub')).mode], [0o2755, 0o2700]);
      equal((await fs.stat('d/f')).mode, 0o644);
    },
  },
  {
    title: 'who is not in a file\u2019s group gets no set-group-id bit on it, by chmod or in making it',
    needs: ['users'],
    async run(ground) {
      const { fs } = ground;
      const [alice, bob] = [await ground.as(ALICE), await ground.as(BOB)];
      await fs.mkdir('d');
      await fs.chown('d', -1, TEAM);
      await fs.chmod('d', 0o2777);
      await bob.put('d/bob', 'x', 0o755);
      equal((await fs.stat('d/bob')).gid, TEAM);
      await bob.chmod('d/bob', 0o2755);
      equal((await fs.stat('d/bob')).mode, 0o755);
      await bob.put('d/made', 'x', 0o2775);
      equal((await fs.stat('d/made')).mode & 0o2000, 0);
      await alice.put('d/alice', 'x', 0o755);
      await alice.chmod('d/alice', 0o2755);
      equal((await fs.stat('d/alice')).mode, 0o2755);
    },
  },
];

export const SET_ID: readonly Case[] = [
  {
    title:
      'a write by another clears set-user-id, and set-group-id where the group executes; root\u2019s does not',
    needs: ['users'],
    async run(ground) {
      const { fs } = ground;
      const bob = await ground.as(BOB);
      const modeAfter = async (mode: number, change: (name: string) => Promise<unknown>) => {
        await fs.put('f', 'content');
        await fs.chmod('f', mode | 0o002);
        await fs.stat('f');
        await change('f');
        return (await fs.stat('f')).mode;
      };
      const write = async (name: string) => {
        const fd = await bob.open(name, 'O_WRONLY');
        await bob.write(fd, 'x');
        await bob.close(fd);
      };
      equal(await modeAfter(0o4755, write), 0o757);
      equal(await modeAfter(0o6775, write), 0o777);
      equal(await modeAfter(0o1755, write), 0o1757);
      equal(await modeAfter(0o6775, (name) => bob.truncate(name, 2)), 0o777);
      const allocate = async (name: string) => {
        const fd = await bob.open(name, 'O_WRONLY');
        await bob.fallocate(fd, '', 0, 100);
        await bob.close(fd);
      };
      equal(await modeAfter(0o6775, allocate), 0o777);
      const copy = async (name: string) => {
        const fd = await bob.open(name, 'O_RDWR');
        await bob.copy_file_range(fd, fd, 2, 0, 4);
        await bob.close(fd);
      };
      equal(await modeAfter(0o6775, copy), 0o777);
      equal(await modeAfter(0o6775, (name) => fs.truncate(name, 2)), 0o6777);
      const rootWrites = async (name: string) => {
        const fd = await fs.open(name, 'O_WRONLY');
        await fs.write(fd, 'x');
        await fs.close(fd);
      };
      equal(await modeAfter(0o6775, rootWrites), 0o6777);
    },
  },
  {
    title: 'a write by one who is not in the group of a file takes its set-group-id, whoever may execute it',
    needs: ['users'],
    async run(ground) {
      const { fs } = ground;
      const [bob, carol] = [await ground.as(BOB), await ground.as(CAROL)];
      const after = async (change: () => Promise<unknown>) => {
        await fs.put('f', 'content');
        await fs.chown('f', -1, TEAM);
        await fs.chmod('f', 0o2666);
        await change();
        return (await fs.stat('f')).mode;
      };
      const write = async (who: Ground['fs']) => {
        const fd = await who.open('f', 'O_WRONLY');
        await who.write(fd, 'x');
        await who.close(fd);
      };
      equal(await after(() => carol.truncate('f', 2)), 0o2666, 'a member, by a supplementary group');
      equal(await after(() => write(carol)), 0o2666);
      equal(await after(() => fs.truncate('f', 2)), 0o2666, 'root');
      const [major = 0, minor = 0] = release().split('.').map(Number);
      if (major < 6 || (major === 6 && minor < 2)) return; // There a disk keeps it.
      equal(await after(() => bob.truncate('f', 2)), 0o666);
      equal(await after(() => write(bob)), 0o666);
    },
  },
  {
    title:
      'chown clears set-user-id, and set-group-id where the group executes, of files, not of directories',
    needs: ['root'],
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.mkdir('d');
      const modeAfter = async (name: string, mode: number, uid: number, gid: number) => {
        await fs.chmod(name, mode);
        await fs.chown(name, uid, gid);
        return (await fs.stat(name)).mode;
      };
      equal(await modeAfter('f', 0o6755, 1, 2), 0o755);
      equal(await modeAfter('f', 0o6755, -1, 3), 0o755);
      equal(await modeAfter('f', 0o6644, 1, 2), 0o2644);
      equal(await modeAfter('d', 0o6755, 1, 2), 0o6755);
      const { uid, gid } = await fs.stat('f');
      deepEqual([uid, gid], [1, 2]);
      await fs.symlink('f', 's');
      await fs.lchown('s', 7, 8);
      const [link, file] = [await fs.lstat('s'), await fs.stat('f')];
      deepEqual([link.uid, link.gid, file.uid], [7, 8, 1]);
    },
  },
];

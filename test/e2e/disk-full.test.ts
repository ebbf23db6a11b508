/**
 * The disk under the home is full: a small tmpfs is one that can be filled. The writer is told, reading goes on, the
 * database stays sound, and when there is room again all works as before.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startSqld } from '../support/sqld.js';
import { MountedAgent, sh } from './mounted-agent.js';

const skip =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'needs root, to mount a tmpfs';
const MIB = 1024 * 1024;

/** An agent whose home is a file system of its own, of `mib` MiB. `fill` leaves `leftBytes` of it. */
async function onSmallDisk(t: Test, mib: number) {
  const mounted = await MountedAgent.create(t);
  const { home } = mounted.agent;
  rmSync(home, { recursive: true });
  mkdirSync(home, { mode: 0o700 });
  await sh('/', `mount -t tmpfs -o size=${mib}m,mode=700 agentfs-test ${home}`);
  t.teardown(async () => {
    await mounted.run(['stop', 'w', '--force']);
    await sh('/', `umount -l ${home}`);
  });
  t.match(await mounted.run(['workspace', 'create', 'w']), { code: 0 });
  const ballast = join(home, 'ballast');
  return {
    mounted,
    fill: (leftBytes: number) =>
      // The owner writes meanwhile, so what was free a moment ago may not be: then what is free now.
      sh(
        home,
        `for try in 1 2 3 4 5 6 7 8 9; do n=$(($(stat -f -c '%a * %S' .) - ${leftBytes}));
           [ $n -le 0 ] || fallocate -l $n ${ballast} 2> /dev/null || continue; exit 0; done; exit 1`,
      ),
    free: () => rmSync(ballast, { force: true }),
  };
}

async function expectSound(t: Test, mounted: MountedAgent): Promise<void> {
  const { code, stdout, stderr } = await mounted.run(['doctor', 'w']);
  t.equal(code, 0, stdout + stderr);
}

/** Writes until an error; prints `N whole files` and the names of the errors that write, fsync and close gave. */
const FILL = `
import errno, os
whole, seen = 0, set()
for n in range(10000):
    try:
        fd = os.open(f"fill/{n}", os.O_WRONLY | os.O_CREAT)
        try:
            os.write(fd, bytes([n % 251]) * 100000)
            os.fsync(fd)
        finally:
            os.close(fd)
        whole += 1
    except OSError as error:
        seen.add(errno.errorcode[error.errno])
        break
print(whole, *sorted(seen))
`;
const CHECK = `
import os, sys
for n in range(int(sys.argv[1])):
    with open(f"fill/{n}", "rb") as file:
        assert file.read() == bytes([n % 251]) * 100000, n
print("whole")
`;

t.test(
  'the writer gets ENOSPC, reading goes on, and after removing files writing works again',
  { skip, timeout: 90_000 },
  async (t) => {
    const { mounted } = await onSmallDisk(t, 32);
    const [fill, check] = ['fill.py', 'check.py'].map((name) => join(mounted.agent.scratch, name));
    writeFileSync(fill!, FILL);
    writeFileSync(check!, CHECK);
    await mounted.mount(t);
    await mounted.sh('mkdir fill; echo small > small');
    for (const round of [1, 2]) {
      const [whole = '', ...seen] = (await mounted.sh(`python3 ${fill}`)).trim().split(' ');
      t.strictSame(seen, ['ENOSPC'], `round ${round}: after ${whole} files`);
      t.ok(Number(whole) > 30, 'a good part of the disk could be used');
      t.match(
        await mounted.sh('dd if=/dev/zero of=fill/more bs=1M count=40 2>&1 || true'),
        /No space left on device/,
        'again',
      );
      t.equal(await mounted.sh('cat small'), 'small\n');
      t.equal(await mounted.sh(`python3 ${check} ${whole}`), 'whole\n', 'all that was fsynced is there');
      t.match(await mounted.run(['fs', 'cat', 'w', '/small']), { code: 0, stdout: 'small\n' });
      const write = await mounted.run(['fs', 'write', 'w', '/big', '--json'], {
        input: Buffer.alloc(8 * MIB),
      });
      t.match(
        JSON.parse(write.stdout),
        { error: { code: 'ENOSPC', hint: /disk space/ } },
        'the command says so',
      );
      await expectSound(t, mounted);
      await mounted.sh('rm -r fill; mkdir fill; rm -f big');
    }
    const [whole = ''] = (await mounted.sh(`python3 ${fill}`)).trim().split(' ');
    t.match(await mounted.run(['umount', 'w']), { code: 0 }, 'a full disk is unmounted');
    await mounted.mount(t);
    t.equal(await mounted.sh(`python3 ${check} ${whole}`), 'whole\n', 'and mounted again');
  },
);

t.test(
  'when somebody else fills the disk, fsync tells, and what was written is durable once there is room',
  { skip, timeout: 90_000 },
  async (t) => {
    const { mounted, fill, free } = await onSmallDisk(t, 48);
    await mounted.mount(t);
    await mounted.sh('echo before > before; sync before');
    const program = join(mounted.agent.scratch, 'hold.py');
    // The first fsync may fail or not, as there is room; one that succeeds is a promise.
    writeFileSync(
      program,
      `
import errno, os, sys
def attempt(work):
    try:
        work()
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]
fd = os.open("held", os.O_RDWR | os.O_CREAT)
os.write(fd, b"x" * 3000000)
ballast = sys.argv[1] + "/ballast"
with open(ballast, "wb", 0) as file:
    while attempt(lambda: file.write(bytes(4096))) == "ok":
        pass
print("fsync", attempt(lambda: os.fsync(fd)))
print("write", attempt(lambda: os.write(fd, b"y" * 3000000)))
print("mkdir", attempt(lambda: os.mkdir("dir")))
print("read", os.pread(fd, 3, 0).decode())
os.remove(ballast)
print("fsync", attempt(lambda: os.fsync(fd)))
print("write", attempt(lambda: os.write(fd, b"z" * 1000)))
print("close", attempt(lambda: os.close(fd)))
`,
    );
    const { home } = mounted.agent;
    const said = await mounted.sh(`python3 ${program} ${home}`);
    t.match(
      said,
      /^fsync (ok|ENOSPC)\nwrite ENOSPC\nmkdir (ok|ENOSPC)\nread xxx\nfsync ok\nwrite ok\nclose ok\n$/,
    );
    await fill(0);
    t.equal(await mounted.sh('cat before; head -c 3 held'), 'before\nxxx');
    t.match(await mounted.sh('echo more > more 2>&1 || echo refused'), /refused|^$/);
    await expectSound(t, mounted);
    free();
    await mounted.sh('echo after > after; sync after');
    t.match(await mounted.run(['umount', 'w']), { code: 0 });
    await mounted.mount(t);
    t.equal(await mounted.sh('cat before after; stat -c %s held'), 'before\nafter\n3001000\n');
    await expectSound(t, mounted);
  },
);

t.test(
  'a pull that does not fit says ENOSPC and changes nothing by halves; with room it goes on where it was',
  { skip, timeout: 120_000 },
  async (t) => {
    const sqld = await startSqld();
    t.teardown(() => sqld.stop());
    const env = { AGENTFS_TOKEN: await sqld.token() };
    const enable = ['sync', 'enable', 'w', '--turso-db', sqld.url, '--mode', 'manual'];
    const source = await MountedAgent.create(t);
    t.match(await source.run(enable, { env }), { code: 0 });
    await source.mount(t);
    await source.sh(
      'mkdir d; for i in 1 2 3 4 5 6; do head -c 4000000 /dev/urandom > d/f$i; done; echo s > small',
    );
    t.match(await source.run(['sync', 'push', 'w'], { env }), { code: 0 });
    const wanted = await source.sh('cat small d/* | sha256sum');

    const { mounted, fill, free } = await onSmallDisk(t, 160);
    t.match(await mounted.run(enable, { env }), { code: 0 });
    await mounted.mount(t);
    await mounted.sh('echo mine > mine; sync mine');
    await fill(12 * MIB);
    const pull = await mounted.run(['sync', 'pull', 'w', '--json'], { env });
    t.equal(pull.code, 1);
    t.match(JSON.parse(pull.stdout), { error: { code: 'ENOSPC', hint: /disk space/ } });
    t.equal(await mounted.sh('cat mine'), 'mine\n');
    const sizes = await mounted.sh('for f in d/*; do [ ! -e "$f" ] || stat -c %s "$f"; done');
    t.notMatch(sizes, /^(?!4000000$)./m, 'a file is whole or not there');
    await expectSound(t, mounted);
    const push = await mounted.run(['sync', 'push', 'w', '--json'], { env });
    t.match(
      push.code === 0 ? 'ENOSPC' : JSON.parse(push.stdout).error.code,
      'ENOSPC',
      'a push works or says so',
    );
    free();
    t.match(await mounted.run(['sync', 'pull', 'w'], { env }), { code: 0, stderr: '' });
    t.equal(await mounted.sh('cat small d/* | sha256sum'), wanted);
    t.match(await mounted.run(['sync', 'push', 'w'], { env }), { code: 0 });
    t.match(await source.run(['sync', 'pull', 'w'], { env }), { code: 0 });
    t.equal(await source.sh('cat mine'), 'mine\n');
    await expectSound(t, mounted);
  },
);

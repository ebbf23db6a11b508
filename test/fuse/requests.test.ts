/**
 * How many requests an operation costs, counted by the owner: the same on every machine, and what speed rests on.
 *
 * A Python that is in the directory already makes the system calls, so that its start is not counted. RELEASE is left
 * out, since nobody waits for it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { release } from 'node:os';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { type Mounted, mountFresh, requestsOf } from './mounted.js';

const DEADLINE_MS = 30_000;
const [major = 0, minor = 0] = release().split('.').map(Number);
/** Where a new file is written past the page cache; before, MKNOD and a GETXATTR come in the place of CREATE. */
const WRITES_DIRECT = major > 6 || (major === 6 && minor >= 18);
/** With default_permissions, as everybody but root mounts, changing a directory costs a GETATTR of it. */
const skip = process.getuid?.() !== 0 && 'needs root: others have the kernel check permissions';

const CLIENT = `
import ctypes, json, os, subprocess, sys
os.chdir(sys.argv[1])
for line in sys.stdin:
    exec(json.loads(line))
    print('done', flush=True)`;

interface Client {
  run(script: string): Promise<void>;
  /** Requests by opcode. */
  cost(script: string): Promise<Record<string, number>>;
}

async function client(t: Test): Promise<Client & { readonly mounted: Mounted }> {
  const mounted = await mountFresh(t);
  const child: ChildProcess = spawn('python3', ['-c', CLIENT, mounted.dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  t.teardown(async () => {
    child.stdin?.end();
    await gone;
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const run = async (script: string): Promise<void> => {
    child.stdin?.write(`${JSON.stringify(script)}\n`);
    const line = await lines.next();
    if (line.value !== 'done') throw new Error(`the client ended in: ${script}`);
  };
  // What is asked of a directory, or of the connection, once and for all.
  await run(
    "os.mkdir('d'); os.chdir('d'); f = os.open('first', os.O_CREAT | os.O_WRONLY); os.write(f, b'1'); os.close(f)",
  );
  await run("f = os.open('first', os.O_RDONLY); os.read(f, 1); os.close(f); os.listdir('.'); os.stat('.')");
  const cost = async (script: string) => {
    const { RELEASE: _, ...counted } = await requestsOf(mounted, () => run(script));
    return counted;
  };
  return { mounted, run, cost };
}

t.test('a failed lookup is one request, and again none', { skip }, async (t) => {
  const { cost } = await client(t);
  t.same(await cost("os.path.exists('absent')"), { LOOKUP: 1 });
  t.same(await cost("os.path.exists('absent')"), {});
});

t.test('to create a file, write 4 KiB and close it are three that are waited for', { skip }, async (t) => {
  const { cost } = await client(t);
  const create = "f = os.open('f', os.O_CREAT | os.O_WRONLY, 0o644); os.write(f, bytes(4096)); os.close(f)";
  const direct = { LOOKUP: 1, CREATE: 1, WRITE: 1 };
  t.same(await cost(create), WRITES_DIRECT ? direct : { LOOKUP: 1, MKNOD: 1, GETXATTR: 1, WRITE: 1 });
});

t.test(
  'to open, read and close a known file is one cold, and none again; neither is stat',
  { skip },
  async (t) => {
    const { mounted, run, cost } = await client(t);
    await run("f = os.open('f', os.O_CREAT | os.O_WRONLY); os.write(f, bytes(5000)); os.close(f)");
    mounted.vfs.outside(() => {
      const { vfs } = mounted;
      vfs.write(vfs.lookup(vfs.lookup(vfs.inode(1), 'd')!, 'f')!, 0, Buffer.alloc(5000, 1));
    });
    await new Promise(setImmediate);
    await mounted.mount.notificationsDrained();
    await run("os.stat('f')");
    const read = "f = os.open('f', os.O_RDONLY); assert len(os.read(f, 5000)) == 5000; os.close(f)";
    t.same(await cost(read), { READ: 1 });
    t.same(await cost(read), {});
    await run("os.stat('f')");
    t.same(await cost("os.stat('f'); os.stat('first')"), {});
  },
);

t.test(
  'mkdir and rename are two, unlink and rmdir one, an append to an open file one',
  { skip },
  async (t) => {
    const { run, cost } = await client(t);
    t.same(await cost("os.mkdir('new')"), { LOOKUP: 1, MKDIR: 1 });
    t.same(await cost("os.rename('new', 'newer')"), { LOOKUP: 1, RENAME: 1 });
    t.same(await cost("os.rmdir('newer')"), { RMDIR: 1 });
    await run("f = os.open('log', os.O_CREAT | os.O_WRONLY | os.O_APPEND); os.write(f, b'one')");
    t.same(await cost("os.write(f, b'two')"), { WRITE: 1 });
    t.same(await cost("os.unlink('log')"), { UNLINK: 1 });
    await run("f = os.open('first', os.O_WRONLY | os.O_APPEND); os.write(f, b'one')");
    t.same(await cost("os.write(f, b'two')"), { WRITE: 1 }, 'of a file that was there');
  },
);

t.test('ls -l of n files costs at most n / 50 + 3', { skip }, async (t) => {
  const { mounted, run, cost } = await client(t);
  const { vfs } = mounted;
  const count = 1000;
  vfs.outside(() => {
    const directory = vfs.create(vfs.inode(1), 'many', { mode: 0o040755, uid: 0, gid: 0 });
    for (let i = 0; i < count; i += 1) {
      vfs.create(directory, `file-${i}`, { mode: 0o100644, uid: 0, gid: 0 });
    }
  });
  await new Promise(setImmediate);
  await mounted.mount.notificationsDrained();
  // ls itself, and what it reads of users and time zones, lies elsewhere.
  await run("subprocess.run(['ls', '-l', 'first'], stdout=subprocess.DEVNULL, check=True)");
  const counted = await cost(
    "subprocess.run(['ls', '-l', '../many'], stdout=subprocess.DEVNULL, check=True)",
  );
  const total = Object.values(counted).reduce((sum, n) => sum + n, 0);
  t.ok(total <= count / 50 + 3, JSON.stringify(counted));
});

t.test('git status of an unchanged work tree', { skip }, async (t) => {
  const { run, cost } = await client(t);
  await run(`
os.environ.update(HOME='/nonexistent', GIT_AUTHOR_NAME='a', GIT_AUTHOR_EMAIL='a@b', GIT_COMMITTER_NAME='a', GIT_COMMITTER_EMAIL='a@b')
for i in range(200):
    os.makedirs(f'tree/d{i % 10}', exist_ok=True); open(f'tree/d{i % 10}/f{i}', 'w').write(f'file {i}')
for args in (['init', '-q'], ['add', '-A'], ['commit', '-qm', 'one'], ['status'], ['status']):
    subprocess.run(['git', '-C', 'tree', *args], stdout=subprocess.DEVNULL, check=True)`);
  const counted = await cost(
    "subprocess.run(['git', '-C', 'tree', 'status'], stdout=subprocess.DEVNULL, check=True)",
  );
  t.comment(`git status, warm, 200 files in 10 directories: ${JSON.stringify(counted)}`);
  const total = Object.values(counted).reduce((sum, n) => sum + n, 0);
  t.ok(total <= 40, JSON.stringify(counted));
});

/** kill -9 in the middle of work: the database is sound, whole commits are there, and everything that was synced. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openVfs, type Vfs } from '#src/vfs/index.js';
import { contentOf, KEPT_ROUNDS } from './workload.js';

const KILLS = 12;

/** Runs the workload and kills it `afterMs` after its first sync. Returns the last round that it had synced. */
async function runAndKill(path: string, seed: number, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'workload.js'), path, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (chunk) => {
    text += chunk;
    timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  await closed;
  clearTimeout(timer);
  return Number(text.trim().split('\n').at(-1));
}

/** What is wrong with a round whose directory is there. */
function roundProblem(vfs: Vfs, round: number): string | undefined {
  const root = vfs.inode(1);
  const file = vfs.lookup(vfs.lookup(root, `dir-${round}`)!, 'written');
  if (file === undefined) return 'has no file';
  if (vfs.lookup(root, `link-${round}`)?.ino !== file.ino) return 'has another hard link';
  if (file.nlink !== 2) return `has ${file.nlink} links`;
  const want = contentOf(round);
  const bytes = Buffer.alloc(file.size);
  vfs.read(file, 0, bytes);
  if (!bytes.equals(want)) return 'has other bytes';
  if (Buffer.from(vfs.getxattr(file, 'user.round')).toString() !== String(round)) return 'has another xattr';
  const moved = vfs.lookup(root, `moved-${round}`);
  if (moved === undefined || vfs.lookup(moved, 'symlink') === undefined) return 'has no symlink';
  return undefined;
}

t.test('after kill -9 everything synced is there, whole, and the next owner goes on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-crash-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'workspace.db');
  let before = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const afterMs = Math.floor(Math.random() * 120);
    const synced = await runAndKill(path, kill, afterMs);
    t.comment(`killed ${afterMs} ms after the first sync, at round ${synced}`);
    t.ok(synced > before, 'it did something');
    before = synced;
    const vfs = openVfs(path, { cacheSizeBytes: 1 });
    t.strictSame(vfs.check(), []);
    const rounds: number[] = [];
    vfs.readdir(vfs.inode(1), 0, ({ name }) => {
      if (name.startsWith('dir-')) rounds.push(Number(name.slice(4)));
      return true;
    });
    const last = Math.max(...rounds);
    t.ok(last >= synced, `round ${synced} was synced, round ${last} is there`);
    const first = Math.max(1, last - KEPT_ROUNDS + 1);
    t.strictSame(
      rounds.sort((a, b) => a - b),
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
      'all rounds up to the last are there, and no removed one',
    );
    const problems = rounds
      .map((round) => [round, roundProblem(vfs, round)])
      .filter(([, problem]) => problem);
    t.strictSame(problems, []);
    await vfs.close();
  }
});

/**
 * How the sync worker ends: by itself. A thread that is terminated in the middle of a native call of libsql aborts the
 * whole process, owner and all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { systemClock } from '#src/base/index.js';
import { WorkerLink } from '#src/sync/worker-link.js';
import { openVfs } from '#src/vfs/index.js';

t.test(
  'a worker that is stopped ends by itself, and nobody terminates it',
  { timeout: 30_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'agentfs-worker-'));
    const vfs = openVfs(join(folder, 'workspace.db'), { create: true });
    t.teardown(async () => {
      await vfs.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const terminations = t.capture(Worker.prototype, 'terminate', Worker.prototype.terminate);
    const exits = t.capture(Worker.prototype, 'emit', Worker.prototype.emit);
    const problems: unknown[] = [];
    const link = new WorkerLink({
      vfs,
      clock: systemClock,
      onEvent: () => {},
      onGone: (error) => problems.push(error),
      onError: (error) => problems.push(error),
    });
    await link.stop();
    t.equal(terminations().length, 0);
    t.match(
      exits().filter(({ args }) => args[0] === 'exit'),
      [{ args: ['exit', 0] }],
    );
    t.same(problems, [], 'an end that was asked for is none that went wrong');
    await t.rejects(link.call('agents'), { code: 'CLOSED' });
  },
);

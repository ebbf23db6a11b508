/**
 * `agentfs start`: from nothing to a mounted, syncing workspace, and in order back again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Agent, endOf, eventually } from '../agentfs-process.js';

function isMounted(dir: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${dir} `);
}

t.test(
  'start makes, syncs and mounts my-workspace, and SIGTERM pushes what is pending and unmounts',
  async (t) => {
    const agent = await Agent.create(t);
    mkdirSync(agent.scratch, { recursive: true });
    // The default mountpoint is below the person's home directory.
    const dir = join(agent.scratch, 'agentfs', 'my-workspace');
    for (const [text, signal, code] of [
      ['first', 'SIGTERM', 143],
      ['second', 'SIGINT', 130],
    ] as const) {
      const child = agent.spawn(['start'], { env: { HOME: agent.scratch } });
      t.teardown(() => child.kill('SIGKILL'));
      const ended = endOf(child);
      await eventually(() => isMounted(dir) || undefined, 20_000);
      writeFileSync(join(dir, 'f'), text);
      child.kill(signal);
      const { code: found, stdout } = await ended;
      t.equal(found, code);
      t.match(stdout, `my-workspace is mounted at ${dir}`);
      t.match(stdout, 'remote.db (real-time)');
      t.match(stdout, /^(synced|pending|syncing) · /m);
      t.notOk(isMounted(dir));
      t.ok(existsSync(join(agent.home, 'remote.db')));
      t.match((await agent.json(['workspace', 'list'])).document, [{ name: 'my-workspace', owner: null }]);

      // Another agent finds what was written an instant before the end.
      const other = await Agent.create(t);
      await other.run(['workspace', 'create', 'my-workspace']);
      const remote = `file:${join(agent.home, 'remote.db')}`;
      await other.run(['sync', 'enable', 'my-workspace', '--turso-db', remote, '--mode', 'manual']);
      await other.run(['sync', 'pull', 'my-workspace']);
      t.equal((await other.run(['fs', 'cat', 'my-workspace', '/f'])).stdout, text);
    }
  },
);

/**
 * `agentfs sync` where something is wrong: a deletion that looks like an accident, and sides that are not what they should be.
 */
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import t from 'tap';
import { AgentFS } from '#src/sdk/typescript/index.js';
import type { Agent } from '../agentfs-process.js';
import { twoAgents } from '../two-agents.js';

t.setTimeout(120_000);

/** Files in the directory `/d` of an agent's workspace `w`. */
async function fill(agent: Agent, ...names: string[]): Promise<void> {
  const workspace = await new AgentFS({ home: agent.home }).workspace.get('w');
  await workspace.mkdir('/d');
  for (const name of names) await workspace.writeFile(`/d/${name}`, `content of ${name}`);
  await workspace.close();
}

t.test('a push that would delete most of the remote ends with 6 and goes on with --force', async (t) => {
  const [a, b] = await twoAgents(t);
  await fill(a, ...'abcdefghijk');
  await a.run(['sync', 'push', 'w']);
  await b.run(['sync', 'pull', 'w']);
  await a.run(['fs', 'rm', 'w', '/d', '-r']);
  const told =
    "agentfs: this sync would delete 12 of 12 files and directories on remote 'origin': /d, /d/a, /d/b, …\n";
  const stopped = await a.run(['sync', 'push', 'w']);
  t.match(stopped, { code: 6, stdout: '' });
  t.equal(stopped.stderr.slice(0, told.length), told);
  t.match(stopped.stderr.slice(told.length), /^hint: .*agentfs sync push w --force/);
  t.match(await a.json(['sync', 'push', 'w']), {
    code: 6,
    document: {
      error: { code: 'SYNC_BRAKE', message: /would delete 12 of 12/, hint: /sync push w --force/ },
    },
  });
  await b.run(['sync', 'pull', 'w']);
  t.equal((await b.run(['fs', 'cat', 'w', '/d/a'])).stdout, 'content of a', 'nothing was deleted');
  t.match(await a.run(['sync', 'push', 'w', '--force']), { code: 0, stdout: /^Pushed \d+ changes/ });
  t.match(await b.run(['sync', 'pull', 'w']), { code: 6, stderr: /\nhint: .*sync pull w --force/ });
  t.match(await b.run(['sync', 'pull', 'w', '--force']), { code: 0, stdout: /^Pulled \d+ changes/ });
  t.equal((await b.run(['fs', 'ls', 'w', '/'])).stdout, '');
});

t.test(
  'verify ends with 0 where both sides are the same, and with 1 and a list of what is wrong',
  async (t) => {
    const [a] = await twoAgents(t);
    await fill(a, 'missing', 'different', 'corrupt', 'fine');
    await a.run(['sync', 'push', 'w']);
    t.match(await a.run(['sync', 'verify', 'w']), {
      code: 0,
      stdout: /\nStill to sync: +0 to push, 0 to pull\nEverything is the same on both sides\n$/,
    });
    const sql = createClient({ url: `file:${join(a.scratch, 'remote.db')}` });
    const node = (name: string) =>
      `(SELECT node FROM agentfs_entries WHERE name = '${name}' AND rev_to IS NULL)`;
    await sql.execute(`UPDATE agentfs_nodes SET mode = 384 WHERE node = ${node('different')}`);
    await sql.execute(`UPDATE agentfs_nodes SET inline = zeroblob(18) WHERE node = ${node('corrupt')}`);
    await sql.execute("DELETE FROM agentfs_entries WHERE name = 'missing'");
    sql.close();
    const { code, stdout } = await a.run(['sync', 'verify', 'w']);
    t.equal(code, 1);
    const lines = stdout.split('\n');
    t.ok(lines.includes('4 problems: 1 missing, 1 different, 1 corrupt, 1 orphaned'), stdout);
    for (const line of [
      /^ {2}missing {2}\/d\/missing: /,
      /^ {2}different {2}\/d\/different: its permissions/,
    ])
      t.ok(
        lines.some((it) => line.test(it)),
        `${line}\n${stdout}`,
      );
    t.ok(
      lines.some((it) => it.startsWith('  corrupt  /d/corrupt: ')),
      stdout,
    );
    t.ok(
      lines.some((it) => it.startsWith('  orphaned  ')),
      stdout,
    );
    t.match(await a.json(['sync', 'verify', 'w']), {
      code: 1,
      document: { ok: false, missing: 1, different: 1, corrupt: 1, orphaned: 1 },
    });
  },
);

/**
 * How much a command loads before it does anything. Modules are counted, since times depend on the machine: a cold
 * module costs about half a millisecond, and `--help` and `sync status` are to start in three times Node's own time.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Agent } from './agentfs-process.js';

/** Writes each module that is loaded on a line of the file LOADED. */
const HOOK = `export async function load(url, context, next) {
  if (!url.startsWith('node:')) (await import('node:fs')).appendFileSync(process.env.LOADED, url + '\\n');
  return next(url, context);
}`;
const REGISTER = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(HOOK))});`;

function dataUrl(source: string): string {
  return `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`;
}

async function modulesOf(agent: Agent, args: readonly string[]): Promise<string[]> {
  const file = join(agent.scratch, `modules-${args.join('-')}`);
  // env(1) comes last: the test runner adds hooks of its own to what is spawned.
  const within = ['env', `LOADED=${file}`, `NODE_OPTIONS=--import=${dataUrl(REGISTER)}`];
  const { code, stderr } = await agent.run(args, { within });
  if (code !== 0) throw new Error(stderr);
  return readFileSync(file, 'utf8').trim().split('\n');
}

t.test('help and the sync status load little, and nothing of what syncs', async (t) => {
  const agent = await Agent.create(t);
  mkdirSync(agent.scratch, { recursive: true });
  await agent.run(['workspace', 'create', 'w']);
  await agent.run([
    ...['sync', 'enable', 'w', '--turso-db', `file:${join(agent.scratch, 'remote.db')}`],
    ...['--mode', 'manual'],
  ]);
  const help = await modulesOf(agent, ['--help']);
  t.ok(help.length <= 24, `--help loads ${help.length} modules`);
  t.notOk(help.some((url) => /dist\/(sdk|workspace|store|vfs|sync)\//.test(url)));
  const status = await modulesOf(agent, ['sync', 'status', 'w']);
  t.ok(
    status.some((url) => url.endsWith('dist/sync/engine.js')),
    'it owned the workspace itself',
  );
  t.ok(status.length <= 135, `sync status loads ${status.length} modules`);
  t.same(
    status.filter((url) => /dist\/sync\/(remote|local|round|schedule|transfer|worker)|@libsql/.test(url)),
    [],
  );
});

/**
 * On a terminal a push, a pull and the first hydrate of a mount show how far they are: files, bytes, rate, time left.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AgentFS } from '#src/sdk/typescript/index.js';
import { startFailingProxy } from '../../e2e/failing-proxy.js';
import { startSqld } from '../../support/sqld.js';
import { Agent } from '../agentfs-process.js';
import { KEY, Terminal } from '../terminal.js';

t.setTimeout(120_000);

const FILES = 1000;
const FILE_BYTES = 15_000;
const BAR = String.raw`\[[= ]{24}\] \d+%`;
const SOME = String.raw`[\d,]+/1,00\d files, [\d.]+ (?:B|KiB|MiB) of 14 MiB`;
/** With all that a person may ask: how much, of how much, how fast, how long. */
const WHOLE = (word: string) => new RegExp(`${word} ${BAR} ${SOME}, [\\d.]+ [KM]iB/s, [\\d.]+ m?s left`);

t.test('push, pull and start show how far they are, and leave nothing of it behind', async (t) => {
  const sqld = await startSqld();
  t.teardown(() => sqld.stop());
  // A remote that is far away: what comes in some pages takes some seconds.
  const { url } = await startFailingProxy(t, sqld.url, { delayMs: 250 });
  const env = { AGENTFS_TOKEN: await sqld.token() };
  const [a, b, c] = [await Agent.create(t), await Agent.create(t), await Agent.create(t)];
  {
    const afs = new AgentFS({ home: a.home });
    await using workspace = await afs.workspace.create('w');
    const noise = Buffer.alloc(FILE_BYTES);
    for (let i = 0; i < FILES; i += 1) {
      for (let at = 0; at < FILE_BYTES; at += 4) noise.writeUInt32LE((Math.random() * 2 ** 32) >>> 0, at);
      await workspace.writeFile(`/${i}`, noise);
    }
  }
  for (const agent of [a, b]) {
    await agent.run(['workspace', 'create', 'w']);
    const enable = ['sync', 'enable', 'w', '--turso-db', url, '--mode', 'manual', '--batch-size', '200'];
    t.match(await agent.run(enable, { env }), { code: 0 });
  }

  for (const [agent, direction, word] of [
    [a, 'push', 'Pushing'],
    [b, 'pull', 'Pulling'],
  ] as const) {
    const terminal = Terminal.run(t, agent, ['sync', direction, 'w']);
    t.ok(await terminal.shows(WHOLE(word)), `${direction} shows a bar`);
    t.equal(await terminal.ends(), 0);
    t.match(terminal.shown, /(Pushed|Pulled) 2,001 changes .*\n$/, 'and then what it did');
    t.match(terminal.raw, '\u001b[?25h', 'the cursor is there again');
  }

  const directory = join(c.scratch, 'mnt');
  mkdirSync(directory, { recursive: true });
  const start = Terminal.run(t, c, ['start', 'w', directory, '--turso-db', url], { env });
  await start.shows(/Ctrl-C syncs what is pending and unmounts\./);
  t.ok(await start.shows(WHOLE('Pulling')), 'the mount is there, and fills');
  t.ok(await start.shows(/synced · 0 pending/), 'the line is the status again when all is there');
  t.equal((await c.json<{ entries: unknown[] }>(['fs', 'ls', 'w', '/'])).code, 0);
  start.type(KEY.ctrlC);
  t.equal(await start.ends(), 130);

  const verify = Terminal.run(t, b, ['sync', 'verify', 'w']);
  t.ok(await verify.shows(/\[[# ]{24}\] [\d,]+ of 2,000, \d/), 'verify has a bar, too');
  t.equal(await verify.ends(), 0);
  t.match(verify.shown, /Token: accepted, may read and write\n[\s\S]*Everything is the same on both sides\n/);

  const watch = Terminal.run(t, b, ['sync', 'status', 'w', '--watch']);
  t.ok(await watch.shows(/synced · 0 pending · last sync [\dT:Z-]+/), 'a status that is watched');
  await b.run(['fs', 'write', 'w', '/new', 'new']);
  t.ok(await watch.shows(/pending · [1-9] pending/), 'changes with what is done in another process');
  await b.run(['sync', 'push', 'w']);
  t.ok(await watch.shows(/synced · 0 pending/));
  watch.type(KEY.ctrlC);
  t.equal(await watch.ends(), 130);

  const piped = await b.run(['sync', 'pull', 'w']);
  t.notMatch(`${piped.stdout}${piped.stderr}`, /\[=|%/, 'and nothing of it where no terminal is');
});

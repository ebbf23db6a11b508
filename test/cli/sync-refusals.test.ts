/**
 * What a person gets wrong about sync and history: each says what is wrong and what to do, with the documented exit code,
 * and changes nothing.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Agent } from './agentfs-process.js';

t.setTimeout(120_000);

type Refusal = readonly [args: string, code: number, message: RegExp, hint: RegExp];

/** Of a workspace `w` without a remote. */
const WITHOUT_REMOTE: readonly Refusal[] = [
  ['sync push w', 1, /workspace 'w' has no remote 'origin'/, /agentfs sync enable w --turso-db/],
  ['sync status none', 1, /there is no workspace 'none'/, /There are: w/],
  ['sync enable w --turso-db mydb', 2, /cannot be read as a URL/, /libsql:\/\//],
  ['sync enable w --turso-db file://r.db', 2, /names no host/, /file:\/path/],
  ['sync enable w --turso-db file:OWN', 2, /is the database of a workspace/, /a file of its own/],
  ['sync enable w --turso-db file:REMOTE --remote ..', 2, /is not a remote's name/, /letters, digits/],
  ['sync enable w --turso-db file:REMOTE --keep 5', 2, /keep is a duration as 30d/, /^$/],
];

/** Of one with a remote and a file /f in revision 1. */
const WITH_REMOTE: readonly Refusal[] = [
  ['sync enable w --turso-db file:/other.db', 2, /'origin' is enabled already, for file:/, /--remote NAME/],
  ['sync push w --remote backup', 1, /has no remote 'backup'/, /Name one of its remotes.*origin/],
  ['sync pull w --at yesterday', 2, /'yesterday' is not a time/, /2h ago/],
  ['sync pull w --at 2001-01-01', 2, /there is no history of 2001-01-01/, /History goes from .* to /],
  ['sync pull w --at now --version 1', 2, /a time and a version/, /Use --at TIME, or --version/],
  ['sync pull w --version none', 2, /there is no checkpoint 'none'/, /checkpoint list/],
  ['restore w /f', 2, /say which: a time or a version/, /Use --at TIME, or --version/],
  ['restore w /f --version 99', 2, /there is no revision 99/, /History goes from/],
  ['restore w /none --version 1', 1, /there was no \/none at revision 1/, /agentfs history/],
  ['history w /none', 1, /there is no history of \/none/, /push/],
  ['diff w --from 99', 2, /there is no revision 99/, /History goes from/],
  ['checkpoint create w 7', 2, /'7' cannot be the name of a checkpoint/, /begin with a letter/],
  ['checkpoint delete w none', 2, /there is no checkpoint 'none'/, /checkpoint list/],
  ['sync resolve w /f --strategy local', 1, /nothing is in conflict at \/f/, /sync conflicts w/],
  ['sync push w --timeout 0', 2, /from 1 to 3600/, /--help/],
];

t.test('each is told with its remedy and its exit code, and changes nothing', async (t) => {
  const agent = await Agent.create(t);
  mkdirSync(agent.scratch, { recursive: true });
  const remote = join(agent.scratch, 'remote.db');
  const own = join(agent.home, 'workspaces', 'w', 'workspace.db');
  await agent.run(['workspace', 'create', 'w']);
  await agent.run(['fs', 'write', 'w', '/f', 'content']);
  const refused = async ([args, code, message, hint]: Refusal) => {
    const words = args.replace('OWN', own).replace('REMOTE', remote).split(' ');
    const { code: found, stderr } = await agent.run(words);
    t.equal(found, code, args);
    const [first = '', second = ''] = stderr.split('\n');
    t.match(first, /^agentfs: /, args);
    t.match(first, message, args);
    if (hint.source !== '^$') t.match(second, new RegExp(`^hint: .*(${hint.source})`), args);
  };
  for (const refusal of WITHOUT_REMOTE) await refused(refusal);
  t.match(await agent.run(['sync', 'enable', 'w', '--turso-db', `file:${remote}`, '--mode', 'manual']), {
    code: 0,
  });
  t.match(await agent.run(['sync', 'push', 'w']), { code: 0 });
  for (const refusal of WITH_REMOTE) await refused(refusal);
  t.equal((await agent.run(['fs', 'cat', 'w', '/f'])).stdout, 'content');
  t.match((await agent.json(['sync', 'status', 'w'])).document, {
    revision: 1,
    syncStatus: 'synced',
    mode: 'manual',
  });
});

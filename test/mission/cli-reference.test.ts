/**
 * "CLI Reference": each command is there, and does what it says on a workspace in good order.
 */
import t from 'tap';
import { Machine } from './machine.js';

t.setTimeout(120_000);

t.test('every command of the reference', async (t) => {
  const machine = await Machine.create(t);
  await machine.runs(
    t,
    'agentfs workspace create my-workspace\necho text | agentfs fs write my-workspace /file',
  );
  for (const command of [
    'enable my-workspace --turso-db libsql://mydb-org.turso.io --token $TURSO_TOKEN --mode manual',
    'push my-workspace',
    'pull my-workspace',
    'config my-workspace --interval 60',
    'status my-workspace',
    'conflicts my-workspace',
    'resolve my-workspace --strategy local',
    'verify my-workspace',
    'metrics my-workspace',
    'reset my-workspace',
    'disable my-workspace',
  ]) {
    await machine.runs(t, `agentfs sync ${command}`);
    const name = command.split(' ')[0];
    t.match(
      await machine.runs(t, `agentfs sync ${name} --help`),
      /Examples:\n {2}\$ agentfs sync/,
      `${name} --help`,
    );
  }
  t.equal(await machine.runs(t, 'agentfs fs cat my-workspace /file'), 'text\n');
});

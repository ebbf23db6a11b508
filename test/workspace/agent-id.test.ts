import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { agentId, renewAgentId } from '#src/workspace/index.js';
import { temporaryDirectory } from './temporary-home.js';

t.test('an agent has one identity of 128 bits, whoever asks first', async (t) => {
  const directory = temporaryDirectory(t);
  const ids = new Set(await Promise.all(Array.from({ length: 20 }, () => agentId(directory))));
  t.equal(ids.size, 1);
  const [id] = ids;
  t.match(id, /^[0-9a-f]{32}$/);
  t.equal(statSync(join(directory, 'agent-id')).mode & 0o777, 0o600);
  t.equal(await agentId(directory), id);
  t.not(await renewAgentId(directory), id);
});

t.test('two homes are two agents, and a copied identity can be renewed', async (t) => {
  const [a, b] = [temporaryDirectory(t), temporaryDirectory(t)];
  t.not(await agentId(a), await agentId(b));
  copyFileSync(join(a, 'agent-id'), join(b, 'agent-id'));
  t.equal(await agentId(a), await agentId(b));
  await renewAgentId(b);
  t.not(await agentId(a), await agentId(b));
});

/**
 * When something was edited, moved or removed here, as last-write-wins measures it: by what was done to it, not by what
 * became of the name that it had, and not by who closed it when.
 */
import t, { type Test } from 'tap';
import { type Agent, fileRemote, openAgent, settle } from './agent.js';

t.setTimeout(120_000);

/** Long enough that no two acts have one time, on any clock. */
const tick = () => new Promise((resolve) => setTimeout(resolve, 5));

async function begun(t: Test): Promise<{ a: Agent; b: Agent }> {
  const url = fileRemote(t);
  const [a, b] = [openAgent(t), openAgent(t)];
  for (const { engine } of [a, b])
    await engine.enable({ tursoDb: url, mode: 'manual', conflictResolution: 'last-write-wins' });
  a.write('/f', 'base');
  await settle(a, b);
  return { a, b };
}

/** Does it, and it is committed before anything else is done. */
async function act(agent: Agent, deed: () => void): Promise<void> {
  deed();
  agent.vfs.flush();
  await tick();
}

t.test(
  'a file that was edited and moved away is not edited by what takes its name: a deletion between the two wins',
  async (t) => {
    const { a, b } = await begun(t);
    await act(a, () => a.write('/f', 'edited by a'));
    await act(a, () => a.rename('/f', '/moved'));
    await act(b, () => b.unlink('/f'));
    await b.engine.push();
    await act(a, () => a.mkdir('/f'));
    const { conflicts } = await a.engine.pull();
    t.match(conflicts, [{ type: 'modify/delete', path: '/moved', winner: 'remote' }]);
    await settle(a, b);
    for (const agent of [a, b]) t.same(agent.names('/'), ['f']);
    t.equal(a.tree({ times: false }), b.tree({ times: false }));
  },
);

for (const order of ['deleted', 'moved'] as const)
  t.test(`a file is moved here and deleted there: the later of the two wins (first ${order})`, async (t) => {
    const { a, b } = await begun(t);
    const deletion = async () => {
      await act(b, () => b.unlink('/f'));
      // It counts from when it is pushed.
      await b.engine.push();
      await tick();
    };
    const move = () => act(a, () => a.rename('/f', '/moved'));
    for (const deed of order === 'deleted' ? [deletion, move] : [move, deletion]) await deed();
    const winner = order === 'deleted' ? 'local' : 'remote';
    t.match((await a.engine.pull()).conflicts, [{ type: 'modify/delete', path: '/moved', winner }]);
    await settle(a, b);
    for (const agent of [a, b]) t.same(agent.names('/'), order === 'deleted' ? ['moved'] : []);
  });

t.test('a file is deleted here and moved there: the later of the two wins', async (t) => {
  const { a, b } = await begun(t);
  await act(b, () => b.unlink('/f'));
  await act(a, () => a.rename('/f', '/moved'));
  await a.engine.push();
  t.match((await b.engine.pull()).conflicts, [{ type: 'delete/modify', winner: 'remote' }]);
  await settle(b, a);
  for (const agent of [a, b]) t.same(agent.names('/'), ['moved']);
});

for (const name of ['/f', '/moved'])
  t.test(`a file (${name}) was removed when it lost its last name, not when it was closed`, async (t) => {
    const { a, b } = await begun(t);
    const node = a.vfs.rememberNode(a.inode('/f'));
    if (name !== '/f') await act(a, () => a.rename('/f', name));
    await act(a, () => a.unlink(name));
    await act(b, () => b.write('/f', 'edited by b'));
    await act(a, () => a.vfs.write(a.vfs.inodeOfNode(node), 0, Buffer.from('a last word')));
    await act(a, () => a.vfs.forget(node, 1));
    await b.engine.push();
    t.match((await a.engine.pull()).conflicts, [{ type: 'delete/modify', winner: 'remote' }]);
    await settle(a, b);
    for (const agent of [a, b]) t.equal(agent.read('/f'), 'edited by b');
  });

t.test('a file that was moved and then removed was removed when the new name went', async (t) => {
  const { a, b } = await begun(t);
  await act(a, () => a.rename('/f', '/moved'));
  await act(b, () => b.write('/f', 'edited by b'));
  await act(a, () => a.unlink('/moved'));
  await b.engine.push();
  t.match((await a.engine.pull()).conflicts, [{ type: 'delete/modify', winner: 'local' }]);
  await settle(a, b);
  for (const agent of [a, b]) t.same(agent.names('/'), []);
});

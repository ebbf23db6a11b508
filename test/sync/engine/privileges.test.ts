/**
 * Extended attributes that give a file power: a remote is not trusted with them, and who does not take them over neither
 * takes them away from others nor is in conflict over them.
 */
import t from 'tap';
import { type Agent, fileRemote, pair, settle } from './agent.js';

t.setTimeout(120_000);

const CAPABILITY = 'security.capability';

function attributes(agent: Agent, path: string): string[] {
  const inode = agent.inode(path);
  return agent.vfs
    .listxattr(inode)
    .sort()
    .map((name) => `${name}=${Buffer.from(agent.vfs.getxattr(inode, name)).toString()}`);
}

t.test(
  'privileged attributes of a remote are not applied, and survive edits of those who lack them',
  async (t) => {
    const url = fileRemote(t);
    const { a, b } = await pair(t, { url });
    for (const path of ['/first', '/later']) {
      a.write(path, 'program');
      a.setxattr(path, CAPABILITY, 'power');
      a.setxattr(path, 'trusted.overlay', 'x');
      a.setxattr(path, 'user.note', 'a note');
      await a.engine.push();
      await b.engine.pull();
      t.same(attributes(b, path), ['user.note=a note']);
    }
    t.match(await b.engine.push(), { pushed: 0, rowsWritten: 0 }, 'what was dropped is no change');
    t.match(await b.engine.status(), { pendingChanges: 0 });
    // Edits of attributes, of content, and of both sides at once.
    b.setattr('/first', { mode: 0o700 });
    b.setxattr('/first', 'user.note', 'another');
    b.write('/later', 'program 2');
    t.match(await b.engine.push(), { conflicts: [] });
    t.match(await a.engine.pull(), { conflicts: [] });
    t.same(attributes(a, '/first'), [`${CAPABILITY}=power`, 'trusted.overlay=x', 'user.note=another']);
    t.equal(a.inode('/first').mode & 0o7777, 0o700);
    t.same(attributes(a, '/later'), ['user.note=a note'], 'others have changed what it would run');
    await settle(a, b);
    t.match(await a.engine.push(), { pushed: 0 });
    const { differences = [] } = (await b.engine.verify()) as { differences?: unknown[] };
    t.same(differences, []);
  },
);

t.test(
  'a privileged attribute that is set or removed here is pushed, and others go on without it',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    a.write('/x', 'program');
    a.setxattr('/x', CAPABILITY, 'power');
    await a.engine.push();
    await b.engine.pull();
    b.setxattr('/x', CAPABILITY, 'other power');
    await b.engine.push();
    t.match(await a.engine.pull(), { conflicts: [] });
    t.same(attributes(a, '/x'), [], 'it is not the one that was given here');
    t.same(attributes(b, '/x'), [`${CAPABILITY}=other power`]);
    b.vfs.outside(() => b.vfs.removexattr(b.inode('/x'), CAPABILITY));
    t.match(await b.engine.push(), { conflicts: [] });
    await settle(a, b);
    t.same(attributes(a, '/x'), []);
    t.same(attributes(b, '/x'), [], 'it does not come back');
    t.match(await a.engine.push(), { pushed: 0 });
    t.match(await b.engine.push(), { pushed: 0 });
  },
);

/**
 * What a loop tells of itself: `syncing` when somebody asked or there is something to do, not of each look.
 */
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '#src/base/index.js';
import { StoreReader } from '#src/store/index.js';
import { Applier } from '#src/sync/local/apply.js';
import { hostCalls } from '#src/sync/local/host-calls.js';
import { RemoteLoop } from '#src/sync/schedule/remote-loop.js';
import type { SyncHost } from '#src/sync/steps.js';
import { DEFAULT_SYNC_CONFIG } from '#src/sync/types.js';
import { openVfs, S_IFREG } from '#src/vfs/index.js';
import { eventually, fileRemote, freshFolder } from '../engine/agent.js';

t.setTimeout(120_000);

t.test('a look of the schedule that finds nothing is told to nobody as a sync', async (t) => {
  const config = { ...DEFAULT_SYNC_CONFIG, mode: 'real-time' } as const;
  const url = fileRemote(t);
  const database = join(freshFolder(t), 'workspace.db');
  const vfs = openVfs(database, { create: true });
  vfs.keepLog(1);
  const remote = vfs.syncState.addRemote('origin', url, JSON.stringify(config));
  const applier = new Applier(vfs, remote, { trustPrivileges: false });
  const calls = Object.entries(hostCalls(() => applier, systemClock)).map(([name, call]) => [
    name,
    async (...params: never[]) => await (call as (...p: never[]) => unknown)(...params),
  ]);
  const states: string[] = [];
  const loop = new RemoteLoop(
    { remoteName: 'origin', workspace: 'w', url, token: undefined, agent: 'ab'.repeat(16), config },
    {
      reader: new StoreReader(database),
      host: Object.fromEntries(calls) as SyncHost,
      clock: systemClock,
      random: () => 0.5,
      onState: ({ state }) => states.push(state),
      onRecheck: () => t.fail('nothing is wrong'),
      onReport: () => undefined,
      onProgress: () => undefined,
    },
  );
  t.teardown(async () => {
    await loop.stop();
    await vfs.close();
  });
  const isSynced = (times: number) => () => states.filter((it) => it === 'synced').length >= times;
  loop.start();
  await eventually('the first look is over', isSynced(1));
  states.length = 0;
  await eventually('it looks again, and again', isSynced(2));
  t.notOk(states.includes('syncing'), 'looking is no news');

  states.length = 0;
  vfs.create(vfs.inode(1), 'f', { mode: S_IFREG | 0o644, uid: 0, gid: 0 });
  vfs.flush();
  await eventually('what was made goes', isSynced(2));
  t.equal(states.filter((it) => it === 'syncing').length, 1, 'a sync that does something says so, once');

  states.length = 0;
  await loop.run({ push: true, pull: true, dryRun: false });
  t.ok(states.includes('syncing'), 'and so does one that somebody waits for');
});

/**
 * What a loop tells of itself: `syncing` when somebody asked or there is something to do, not of each look. And that manual
 * means it, from the moment on that it is set.
 */
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '#src/base/index.js';
import { StoreReader } from '#src/store/index.js';
import { Applier } from '#src/sync/local/apply.js';
import { hostCalls } from '#src/sync/local/host-calls.js';
import { openRemote, type RemoteOptions, type RemoteWorkspace } from '#src/sync/remote/index.js';
import { RemoteLoop } from '#src/sync/schedule/remote-loop.js';
import type { SyncHost } from '#src/sync/steps.js';
import { DEFAULT_SYNC_CONFIG } from '#src/sync/types.js';
import { openVfs, S_IFREG } from '#src/vfs/index.js';
import { eventually, fileRemote, freshFolder } from '../engine/agent.js';

t.setTimeout(120_000);

function openLoop(t: Test, open?: (options: RemoteOptions) => RemoteWorkspace) {
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
  const settings = {
    remoteName: 'origin',
    workspace: 'w',
    url,
    token: undefined,
    agent: 'ab'.repeat(16),
    config,
  };
  const loop = new RemoteLoop(settings, {
    reader: new StoreReader(database),
    host: Object.fromEntries(calls) as SyncHost,
    clock: systemClock,
    random: () => 0.5,
    onState: ({ state }) => states.push(state),
    onRecheck: () => t.fail('nothing is wrong'),
    onReport: () => undefined,
    onProgress: () => undefined,
    ...(open === undefined ? {} : { openRemote: open }),
  });
  t.teardown(async () => {
    await loop.stop();
    await vfs.close();
  });
  return {
    loop,
    settings,
    states,
    isSynced: (times: number) => () => states.filter((it) => it === 'synced').length >= times,
    create: (name: string) => {
      vfs.create(vfs.inode(1), name, { mode: S_IFREG | 0o644, uid: 0, gid: 0 });
      vfs.flush();
    },
    pending: () => vfs.syncState.pendingChanges(vfs.syncState.remotes()[0]!),
  };
}

t.test('a look of the schedule that finds nothing is told to nobody as a sync', async (t) => {
  const { loop, states, isSynced, create } = openLoop(t);
  loop.start();
  await eventually('the first look is over', isSynced(1));
  states.length = 0;
  await eventually('it looks again, and again', isSynced(2));
  t.notOk(states.includes('syncing'), 'looking is no news');

  states.length = 0;
  create('f');
  await eventually('what was made goes', isSynced(2));
  t.equal(states.filter((it) => it === 'syncing').length, 1, 'a sync that does something says so, once');

  states.length = 0;
  await loop.run({ push: true, pull: true, dryRun: false });
  t.ok(states.includes('syncing'), 'and so does one that somebody waits for');
});

/** Once armed, each look at a remote's feed waits until it is let go on, or the remote is closed. */
class Gate {
  armed = false;
  waiting = 0;
  readonly #opened = new EventEmitter();

  open(): void {
    this.armed = false;
    this.#opened.emit('open');
  }

  readonly openRemote = (options: RemoteOptions): RemoteWorkspace => {
    const remote = openRemote(options);
    const closed = new AbortController();
    const pass = async () => {
      if (!this.armed) return;
      this.waiting += 1;
      await once(this.#opened, 'open', { signal: closed.signal });
    };
    return new Proxy(remote, {
      get: (_, name: keyof RemoteWorkspace) => {
        if (name === 'close') {
          return () => {
            closed.abort();
            remote.close();
          };
        }
        const value: unknown = remote[name];
        if (name !== 'feed') return typeof value === 'function' ? value.bind(remote) : value;
        return async function* (...params: Parameters<RemoteWorkspace['feed']>) {
          await pass();
          yield* remote.feed(...params);
        };
      },
    });
  };
}

t.test('once manual is set nothing goes any more, not even with the sync that was under way', async (t) => {
  const gate = new Gate();
  const { loop, settings, states, isSynced, create, pending } = openLoop(t, gate.openRemote);
  loop.start();
  await eventually('the first look is over', isSynced(1));
  gate.armed = true;
  create('f');
  loop.localCommit();
  await eventually('a sync with it is under way', () => gate.waiting > 0);
  await loop.configure({ ...settings, config: { ...settings.config, mode: 'manual' } });
  gate.open();
  create('g');
  await loop.run({ push: false, pull: true, dryRun: false });
  t.equal(pending(), 3, 'both files wait, and their directory');
  t.notOk(states.includes('error') || states.includes('offline'), 'and nothing went wrong');

  await loop.run({ push: true, pull: true, dryRun: false });
  t.equal(pending(), 0, 'until somebody asks');
  create('h');
  await loop.configure(settings);
  await eventually('and real-time goes on by itself', () => pending() === 0);
});

t.test('manual does not wait for what somebody asked for', async (t) => {
  const gate = new Gate();
  const { loop, settings, isSynced, create, pending } = openLoop(t, gate.openRemote);
  loop.start();
  await eventually('the first look is over', isSynced(1));
  gate.armed = true;
  create('f');
  const pushed = loop.run({ push: true, pull: false, dryRun: false });
  await eventually('a push is under way', () => gate.waiting > 0);
  loop.localCommit();
  await loop.configure({ ...settings, config: { ...settings.config, mode: 'manual' } });
  gate.open();
  t.ok((await pushed).pushed > 0);
  t.equal(pending(), 0);
});

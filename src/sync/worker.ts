/**
 * The sync worker: network, hashing, chunking and deciding, away from the thread that serves the mount.
 *
 * It reads the workspace on a connection of its own and changes it only by asking the main thread (SyncHost). The main
 * thread says which remotes there are; this entry only composes.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { InvariantError, systemClock } from '../base/index.js';
import { StoreReader } from '../store/index.js';
import { CallPort } from './message-port.js';
import { type LoopSettings, RemoteLoop } from './schedule/remote-loop.js';
import type { SyncHost } from './steps.js';

if (parentPort === null) throw new InvariantError('the sync worker runs in a worker thread');

const reader = new StoreReader((workerData as { database: string }).database);
const loops = new Map<string, RemoteLoop>();
let turn: Promise<unknown> = Promise.resolve();

function exclusive<T>(run: () => Promise<T>): Promise<T> {
  const result = turn.then(run);
  turn = result.catch(() => undefined);
  return result;
}

function loopOf(settings: LoopSettings): RemoteLoop {
  const known = loops.get(settings.remoteName);
  if (known !== undefined) return known;
  const { remoteName: remote } = settings;
  const loop = new RemoteLoop(settings, {
    reader,
    host,
    clock: systemClock,
    random: Math.random,
    exclusive,
    onState: (state) => port.send('state', { remote, state }),
    onReport: (report) => port.send('report', report),
    onProgress: (progress) => port.send('progress', { remote, ...progress }),
  });
  loops.set(remote, loop);
  return loop;
}

const port = new CallPort(
  parentPort,
  {
    run: (settings: LoopSettings, wanted: { push: boolean; pull: boolean; dryRun: boolean }) =>
      loopOf(settings).run(wanted),
    start: (settings: LoopSettings) => loopOf(settings).start(),
    configure: (settings: LoopSettings) => loopOf(settings).configure(settings),
    forget: async (remote: string) => {
      const loop = loops.get(remote);
      loops.delete(remote);
      await loop?.stop({ flush: false });
    },
    stop: async (options: { flush: boolean }) => {
      await Promise.all([...loops.values()].map((loop) => loop.stop(options)));
      reader.close();
    },
  },
  (event, data) => {
    if (event !== 'commit') return;
    for (const [name, loop] of loops) if (name !== data) loop.localCommit();
  },
);

const host: SyncHost = {
  begin: (...params) => port.call('begin', ...params),
  apply: (...params) => port.call('apply', ...params),
  stage: (...params) => port.call('stage', ...params),
  fill: (...params) => port.call('fill', ...params),
  unstage: (...params) => port.call('unstage', ...params),
  finish: (...params) => port.call('finish', ...params),
  end: (...params) => port.call('end', ...params),
};

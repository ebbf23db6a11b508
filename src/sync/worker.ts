/**
 * The sync worker: network, hashing, chunking and deciding, away from the thread that serves the mount.
 *
 * It reads the workspace on a connection of its own and changes it only by asking the main thread (SyncHost). The main
 * thread says which remotes there are; this entry only composes.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type Clock, InvariantError, late, loadAhead, systemClock } from '../base/index.js';
import { StoreReader } from '../store/index.js';
import type { Conflict } from './core/index.js';
import type { HistoryQuestion } from './history/question.js';
import { CallPort } from './message-port.js';
import { expectAddress } from './remote/index.js';
import type { RoundOptions } from './round/context.js';
import { mergeVersions, readVersions } from './round/versions.js';
import { type LoopSettings, RemoteLoop } from './schedule/remote-loop.js';
import type { SyncHost, WorkerData } from './steps.js';
import { sendAudit } from './watch/send-audit.js';

if (parentPort === null) throw new InvariantError('the sync worker runs in a worker thread');

const { database, clockSkewMs, loadsAhead } = workerData as WorkerData;
const answerPart = late(() => import('./history/answer.js'));
const verifyPart = late(() => import('./watch/verify.js'));
const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + clockSkewMs };
const loops = new Map<string, RemoteLoop>();

function loopOf(settings: LoopSettings): RemoteLoop {
  const known = loops.get(settings.remoteName);
  if (known !== undefined) {
    known.use(settings);
    return known;
  }
  const { remoteName: remote } = settings;
  expectAddress(settings.url);
  const loop = new RemoteLoop(settings, {
    reader: new StoreReader(database),
    host,
    clock,
    random: Math.random,
    onState: (state) => port.send('state', { remote, state }),
    onRecheck: () => port.send('recheck', remote),
    onReport: (report, asked) => port.send('report', { report, asked }),
    onProgress: (progress) => port.send('progress', { remote, ...progress }),
  });
  loops.set(remote, loop);
  return loop;
}

const port = new CallPort(
  parentPort,
  {
    run: (settings: LoopSettings, wanted: RoundOptions, signal: AbortSignal) =>
      loopOf(settings).run(wanted, signal),
    history: async (settings: LoopSettings, question: HistoryQuestion, signal: AbortSignal) => {
      const { answerHistory } = await answerPart();
      return await loopOf(settings).ask((parts) => answerHistory(parts, question), signal);
    },
    verify: async (settings: LoopSettings, signal: AbortSignal) => {
      const { verify } = await verifyPart();
      const { remoteName, workspace, agent, config } = settings;
      return await loopOf(settings).inspect((remote, reader) => {
        const row = reader.remote(remoteName);
        if (row === undefined) throw new InvariantError(`no row of remote ${remoteName}`);
        return verify({
          ...{ remote, reader, row, workspace, agent, config },
          nowMs: () => clock.nowMs(),
          elapsedMs: () => performance.now(),
          progress: (done, total, bytes) =>
            port.send('progress', { remote: remoteName, phase: 'verify', done, total, bytes, totalBytes: 0 }),
        });
      }, signal);
    },
    audit: (settings: LoopSettings, limit: number) =>
      loopOf(settings).inspect((remote, reader) => {
        // What is not there yet goes there first, as far as it can.
        const sent = sendAudit(remote, { reader, host, remoteName: settings.remoteName });
        return sent.catch(() => undefined).then(() => remote.audit(limit));
      }),
    agents: (settings: LoopSettings) => loopOf(settings).inspect((remote) => remote.agents()),
    resolve: (settings: LoopSettings, wanted: Pick<RoundOptions, 'choices' | 'force'>) =>
      loopOf(settings).resolve(wanted),
    versions: (settings: LoopSettings, conflict: Conflict) =>
      loopOf(settings).ask((parts) => readVersions(conflict, parts)),
    merge: (settings: LoopSettings, conflict: Conflict) =>
      loopOf(settings).ask((parts) => mergeVersions(conflict, parts)),
    start: (settings: LoopSettings) => loopOf(settings).start(),
    configure: (settings: LoopSettings) => loopOf(settings).configure(settings),
    forget: async (remote: string) => {
      const loop = loops.get(remote);
      loops.delete(remote);
      await loop?.stop();
    },
    stop: async () => {
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
    },
  },
  (event, data) => {
    if (event === 'exit') process.exit();
    if (event !== 'commit') return;
    for (const [name, loop] of loops) if (name !== data) loop.localCommit();
  },
);

const host: SyncHost = {
  begin: (...params) => port.call('begin', ...params),
  announce: (...params) => port.call('announce', ...params),
  unknownCommits: (...params) => port.call('unknownCommits', ...params),
  apply: (...params) => port.call('apply', ...params),
  insert: (...params) => port.call('insert', ...params),
  agree: (...params) => port.call('agree', ...params),
  stage: (...params) => port.call('stage', ...params),
  fill: (...params) => port.call('fill', ...params),
  isPatchable: (...params) => port.call('isPatchable', ...params),
  unstage: (...params) => port.call('unstage', ...params),
  dropKept: (...params) => port.call('dropKept', ...params),
  finish: (...params) => port.call('finish', ...params),
  end: (...params) => port.call('end', ...params),
};

// What cannot be loaded now is told when it is asked for.
if (loadsAhead) void loadAhead();

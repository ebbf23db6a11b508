/**
 * The calls of SyncHost, as the main thread answers them: each goes to the applier of the remote that it names.
 */
import type { Clock } from '../../base/index.js';
import type { SyncHost } from '../steps.js';
import type { Applier } from './apply.js';

/** What a call answers at once, or in slices. */
export type HostCalls = {
  readonly [Name in keyof SyncHost]: (
    ...params: Parameters<SyncHost[Name]>
  ) => Awaited<ReturnType<SyncHost[Name]>> | ReturnType<SyncHost[Name]>;
};

export function hostCalls(applierOf: (remote: number) => Applier, clock: Clock): HostCalls {
  return {
    begin: (remote) => applierOf(remote).begin(),
    announce: (remote, commit) => applierOf(remote).commits.announce(commit),
    unknownCommits: (remote, commits) => applierOf(remote).commits.unknown(commits),
    apply: (remote, steps) => applierOf(remote).apply(steps),
    agree: (remote, rows) => applierOf(remote).agree(rows),
    insert: (remote, steps) => applierOf(remote).insert(steps),
    stage: (remote) => applierOf(remote).stage(),
    fill: (remote, part) => applierOf(remote).fill(part),
    isPatchable: (remote, ino) => applierOf(remote).isPatchable(ino),
    unstage: (remote, ino) => applierOf(remote).unstage(ino),
    dropKept: (remote, ids) => applierOf(remote).dropKept(ids),
    finish: (end) => applierOf(end.remote).finish(end, Math.round(clock.nowMs())),
    end: (remote) => applierOf(remote).end(),
  };
}

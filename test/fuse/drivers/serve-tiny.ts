/**
 * A program that mounts the tiny filesystem on the directory it is given, and serves until its standard input ends.
 * For tests that need an owner of their own: another user, another process to kill, a worker thread.
 *
 *     node serve-tiny.js DIR [--look] [--worker] [--hold] [--exit] [--allow-other]
 *
 * Prints `ready`, or `error CODE hint` and exits. --look: stats two names from a child, prints what it saw. --worker:
 * serves from a worker thread and terminates it at the end. --hold: never answers a lookup of `held`, and prints
 * `held` when one has come. --exit: calls process.exit() at the end, mounted as it is.
 */
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { AgentFsError } from '#src/base/index.js';
import { mountNative } from '#src/fuse/drivers/native.js';
import { statFromOutside } from './client.js';
import { invalidateEntry, tinyFilesystem } from './tiny-filesystem.js';

const dir = process.argv[2] ?? '';
const flag = (name: string) => process.argv.includes(name);

async function serve(): Promise<void> {
  const channel = await mountNative({ mountpoint: dir, name: 'tiny', allowOther: flag('--allow-other') });
  const handler = tinyFilesystem(channel, {
    lookup(name) {
      if (name !== 'held' || !flag('--hold')) return undefined;
      channel.notify(invalidateEntry(1n, 'other'));
      console.log('held');
      return 'defer';
    },
  });
  channel.start(handler, () => console.log('closed'));
  console.log('ready');
  if (!isMainThread) return;
  if (flag('--look')) console.log((await statFromOutside(`${dir}/file`, `${dir}/absent`)).join(' '));
  process.stdin.resume();
  await once(process.stdin, 'end');
  if (flag('--exit')) process.exit();
  await channel.unmount();
}

async function serveInWorker(): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  process.stdin.resume();
  await once(process.stdin, 'end');
  await worker.terminate();
  console.log('terminated');
}

try {
  await (isMainThread && flag('--worker') ? serveInWorker() : serve());
} catch (error) {
  if (!(error instanceof AgentFsError)) throw error;
  console.log(`error ${error.code} ${error.message} ${error.hint}`);
}

/**
 * The row `million`: a workspace of 1 000 000 files. How soon its mount answers, what the owner's memory is after a `find`
 * has seen all of it, and after the kernel has forgotten it again.
 */
import { command, memoryMiB } from './process.mjs';
import { makeFilled, readyOnce } from './ready.mjs';
import { mountWorkspace } from './workspace.mjs';

const FILES = { directories: 1000, filesEach: 1000 };
const FORGET_DEADLINE_MS = 60_000;
const FIND_TIMEOUT_MS = 600_000;

/** Returns `{ answers, fresh, found, forgotten, findSeconds }`: milliseconds of each round, and MiB of memory. */
export async function measureMillion({ place, binary, rounds, say }, cleanup) {
  const { client, ...workspace } = await makeFilled(
    { place, binary, say, row: 'million', files: FILES },
    cleanup,
  );
  const answers = [];
  for (let round = 0; round < rounds; round++) {
    const { answered } = await readyOnce({ ...workspace, client }, cleanup);
    answers.push(answered);
  }
  const ours = await mountWorkspace({ ...workspace, args: ['--no-sync'] }, cleanup);
  const fresh = memoryMiB(ours.pid).resident;
  say('find over all of it');
  const started = performance.now();
  await command('find', [workspace.mountpoint, '-size', '+1000k'], { cwd: '/', timeoutMs: FIND_TIMEOUT_MS });
  const findSeconds = (performance.now() - started) / 1000;
  const found = memoryMiB(ours.pid).resident;
  await client.run('forget', '/', { count: 1 });
  const forgotten = await settledMemory(ours);
  await client.end();
  return { answers, fresh, found, forgotten, findSeconds };
}

/** Memory when the owner has been told of nothing more for a while: the kernel's FORGETs come in their own time. */
async function settledMemory({ pid, statistics }) {
  const deadline = performance.now() + FORGET_DEADLINE_MS;
  let [seen, quietSince] = ['', performance.now()];
  while (performance.now() < deadline && performance.now() - quietSince < 5000) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = JSON.stringify((await statistics()).requests);
    if (now !== seen) [seen, quietSince] = [now, performance.now()];
  }
  return memoryMiB(pid).resident;
}

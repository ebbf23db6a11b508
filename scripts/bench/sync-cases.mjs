/**
 * Sync rows that are measured once each: what one edit, one rename or nothing at all costs.
 *
 * Each case returns `{ figures, ours, beside, report? }`: the numbers that goals judge, two texts, and the report of the
 * sync whose counts are printed.
 */

import { fork } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { percentile } from './figures.mjs';
import { short } from './table.mjs';

const MIB = 1024 * 1024;
const LARGE_BYTES = 256 * MIB;
const FILES = 10_000;
const IDLE_FILES = 100_000;
const SHARED_FILES = 1000;

export const CASES = {
  'edit-byte': editByte,
  'insert-byte': insertByte,
  'push-rename': renameDirectory,
  dedupe: sameFilesAgain,
  idle: nothingToDo,
  'pull-latency': latencyUnderPull,
};

/** Writes `parts` one after the other; whoever edits a file in place or saves it anew does no more. */
function save(path, parts) {
  const descriptor = openSync(path, 'w');
  try {
    for (const part of parts) for (let at = 0; at < part.length; ) at += writeSync(descriptor, part, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function timedPush({ sync }) {
  const started = performance.now();
  const report = await sync.push();
  return { ms: performance.now() - started, report };
}

function edited({ ms, report }) {
  return {
    figures: { ms, bytes: report.bytesSent },
    ours: `${short(ms)} ms`,
    beside: `${short(report.bytesSent / 1024)} KiB sent`,
    report,
  };
}

async function large(context, name) {
  const a = await context.agent({ who: 'a', name, mode: 'manual' });
  await a.enable();
  const content = randomFillSync(Buffer.allocUnsafe(LARGE_BYTES));
  const path = join(a.mountpoint, 'large');
  save(path, [content]);
  await a.sync.push();
  return { a, path, content };
}

async function editByte(context) {
  const { a, path, content } = await large(context, 'bench-edit');
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, Buffer.from([content[LARGE_BYTES / 2] ^ 1]), 0, 1, LARGE_BYTES / 2);
  fsyncSync(descriptor);
  closeSync(descriptor);
  return edited(await timedPush(a));
}

async function insertByte(context) {
  const { a, path, content } = await large(context, 'bench-insert');
  const half = LARGE_BYTES / 2;
  save(path, [content.subarray(0, half), Buffer.from([1]), content.subarray(half)]);
  return edited(await timedPush(a));
}

async function renameDirectory(context) {
  const a = await context.agent({ who: 'a', name: 'bench-rename', mode: 'manual' });
  mkdirSync(join(a.mountpoint, 'tree'));
  await context.client.run('create-1k', join(a.mountpoint, 'tree', 'files'), { count: FILES, seed: 99 });
  await a.enable();
  await a.sync.push();
  renameSync(join(a.mountpoint, 'tree'), join(a.mountpoint, 'renamed'));
  const { ms, report } = await timedPush(a);
  const { rowsWritten, roundTrips } = report;
  return {
    figures: { rowsWritten, roundTrips },
    ours: `${short(ms)} ms`,
    beside: `${rowsWritten} rows, ${roundTrips} round trips`,
    report,
  };
}

/** Of files that travel in chunks: those that go inside a row are sent with it. */
async function sameFilesAgain(context) {
  const contents = Array.from({ length: SHARED_FILES }, () => randomFillSync(Buffer.allocUnsafe(20 * 1024)));
  const push = async (name) => {
    const a = await context.agent({ who: 'a', name, mode: 'manual' });
    for (const [i, content] of contents.entries()) save(join(a.mountpoint, `file-${i}`), [content]);
    await a.enable();
    return (await timedPush(a)).report;
  };
  const first = await push('bench-first');
  const report = await push('bench-second');
  return {
    figures: { chunks: report.chunksSent },
    ours: `${report.chunksSent} chunks sent`,
    beside: `${first.chunksSent} the first time`,
    report,
  };
}

async function nothingToDo(context) {
  const a = await context.agent({ who: 'a', name: 'bench-idle', mode: 'manual' });
  await context.client.run('create-1k', join(a.mountpoint, 'files'), { count: IDLE_FILES, seed: 5 });
  await a.enable();
  await a.sync.push();
  const { pid } = await a.workspace.service.call('owner.info', {});
  await a.sync.push();
  const rounds = 20;
  const before = cpuMs(pid);
  let report;
  for (let i = 0; i < rounds; i++) report = await a.sync.push();
  const cpu = (cpuMs(pid) - before) / rounds;
  return {
    figures: { cpu, roundTrips: report.roundTrips },
    ours: `${short(cpu)} ms of CPU`,
    beside: `${report.roundTrips} round trip, ${report.rowsWritten} rows`,
    report,
  };
}

/** User and system time of a process, milliseconds (proc(5); the unit is 1/100 s). */
function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** A warm stat + open + read loop in a process of its own, idle and while 10 000 files come. */
async function latencyUnderPull(context) {
  const name = 'bench-latency-pull';
  const a = await context.agent({ who: 'a', name, mode: 'manual' });
  await context.client.run('create-1k', join(a.mountpoint, 'files'), { count: FILES, seed: 3 });
  await a.enable();
  const b = await context.agent({ who: 'b', name, mode: 'manual' });
  await b.enable();
  save(join(b.mountpoint, 'warm'), [Buffer.alloc(4096)]);
  const loop = fork(join(import.meta.dirname, 'read-loop.mjs'), [join(b.mountpoint, 'warm')], { cwd: '/' });
  context.cleanup.push('end a reader', () => loop.kill('SIGKILL'));
  const phase = async (work) => {
    loop.send('start');
    await work();
    const answer = new Promise((resolve) => loop.once('message', resolve));
    loop.send('stop');
    return await answer;
  };
  const idle = await phase(() => new Promise((resolve) => setTimeout(resolve, 1000)));
  await a.sync.push();
  const busy = await phase(() => b.sync.pull());
  loop.kill();
  const [before, during] = [idle, busy].map((times) => percentile(times, 0.99) / 1000);
  return {
    figures: { ratio: during / before },
    ours: `p99 ${short(during)} us`,
    beside: `idle ${short(before)} us (${short(during / before)} x)`,
  };
}

/**
 * A child's work: changes a tree on the mount by random single system calls, and tells a file outside of it of each: `{…}` before
 * the call, then `ok` (with the bytes of a write) or `no CODE`.
 *
 *     node recorder.mjs DIRECTORY LOG SEED [--patient] [--operations N]
 *
 * Ends at the first error that means that the mount has gone; with --patient it goes on after ENOSPC, EIO, EMFILE. What stands in
 * the log is exact: one operation is one call that changes something, and the order is theirs.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { bytesOf, Random } from './random.mjs';

const [directory, log, seed, ...flags] = process.argv.slice(2);
const patient = flags.includes('--patient');
const operations = flags.includes('--operations')
  ? Number(flags[flags.indexOf('--operations') + 1])
  : Number.POSITIVE_INFINITY;
// ENOTEMPTY: a second name of a file that a rename over the first left where it was.
const GOES_ON = ['ENOTEMPTY', ...(patient ? ['ENOSPC', 'EIO', 'EMFILE', 'ENFILE'] : [])];
const random = new Random(`recorder ${seed}`);
const journal = openSync(log, 'a');

/** Paths, as far as this program knows. */
const files = [];
const links = [];
const directories = [];
function learn(path) {
  for (const entry of readdirSync(join(directory, path), { withFileTypes: true })) {
    const place = `${path}/${entry.name}`;
    if (entry.isDirectory()) {
      directories.push(place);
      learn(place);
    } else if (entry.isSymbolicLink()) links.push(place);
    else files.push(place);
  }
}
learn('');
let fill = random.between(1, 2 ** 30);

const at = (path) => `${directory}${path}`;
const newName = () => `${random.chance(0.6) ? random.pick(['', ...directories]) : ''}/n${fill++}`;
const forget = (list, path) => list.splice(list.indexOf(path), 1);

function onFile(path, flags, work) {
  const fd = openSync(at(path), flags);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** An operation and the call that does it. Only the call may throw. */
function choose() {
  const dice = random.next();
  if (files.length < 3 || (dice < 0.1 && files.length < 60)) {
    const path = newName();
    return [{ op: 'create', path }, () => closeSync(openSync(at(path), 'wx', 0o644)), () => files.push(path)];
  }
  const path = random.pick(files);
  if (dice < 0.45) {
    const length = random.chance(0.1) ? random.between(1, 200_000) : random.between(1, 6000);
    const op = { op: 'write', path, length, fill: fill++ };
    // One that fails may have written and only not been synced: a patient writer could not tell what is there.
    if (!patient && random.chance(0.25)) op.op = 'syncwrite';
    const bytes = bytesOf(op.fill, length);
    let flags = op.op === 'syncwrite' ? constants.O_SYNC : 0;
    if (random.chance(0.4)) flags |= constants.O_APPEND;
    else op.at = random.between(0, 100_000);
    return [
      op,
      () => onFile(path, constants.O_WRONLY | flags, (fd) => writeSync(fd, bytes, 0, length, op.at ?? null)),
    ];
  }
  if (dice < 0.5) {
    const size = random.chance(0.3) ? 0 : random.between(0, 120_000);
    return [{ op: 'truncate', path, size }, () => onFile(path, 'r+', (fd) => ftruncateSync(fd, size))];
  }
  if (dice < 0.53) {
    const mode = random.pick([0o600, 0o644, 0o755, 0o640]);
    return [{ op: 'chmod', path, mode }, () => chmodSync(at(path), mode)];
  }
  if (dice < 0.62) {
    const to = random.chance(0.4) ? random.pick(files) : newName();
    const done = () => {
      if (to === path) return;
      if (files.includes(to)) forget(files, path);
      else files[files.indexOf(path)] = to;
    };
    // Of two names of one file it would do nothing, and the source would stay: not worth the bookkeeping.
    return [{ op: 'rename', path, to }, () => renameSync(at(path), at(to)), done, to === path];
  }
  if (dice < 0.65) {
    const to = newName();
    return [{ op: 'link', path, to }, () => linkSync(at(path), at(to)), () => files.push(to)];
  }
  if (dice < 0.72) return [{ op: 'unlink', path }, () => unlinkSync(at(path)), () => forget(files, path)];
  if (dice < 0.75 && directories.length < 6) {
    const made = newName();
    return [{ op: 'mkdir', path: made }, () => mkdirSync(at(made), 0o755), () => directories.push(made)];
  }
  if (dice < 0.77 && directories.length > 0) {
    const gone = random.pick(directories);
    const empty = ![...files, ...links, ...directories].some((other) => other.startsWith(`${gone}/`));
    return [{ op: 'rmdir', path: gone }, () => rmdirSync(at(gone)), () => forget(directories, gone), !empty];
  }
  if (dice < 0.79) {
    const made = newName();
    const target = `to-${fill++}`;
    return [
      { op: 'symlink', path: made, target },
      () => symlinkSync(target, at(made)),
      () => links.push(made),
    ];
  }
  if (dice < 0.8 && links.length > 0) {
    const gone = random.pick(links);
    return [{ op: 'unlink', path: gone }, () => unlinkSync(at(gone)), () => forget(links, gone)];
  }
  if (dice < 0.93) return [{ op: 'fsync', path }, () => onFile(path, 'r', (fd) => fsyncSync(fd))];
  const place = random.pick(['', ...directories]);
  return [{ op: 'fsyncdir', path: place || '/' }, () => onFile(place || '/', 'r', (fd) => fsyncSync(fd))];
}

process.umask(0);
process.stdout.write('ready\n');
for (let n = 0; n < operations; n += 1) {
  const [op, call, done, pointless] = choose();
  if (pointless === true) continue;
  writeSync(journal, `${JSON.stringify(op)}\n`);
  try {
    const result = call();
    writeSync(journal, typeof result === 'number' ? `ok ${result}\n` : 'ok\n');
    done?.();
  } catch (error) {
    writeSync(journal, `no ${error.code}\n`);
    if (!GOES_ON.includes(error.code)) {
      process.stdout.write(`ended ${error.code}\n`);
      process.exit(0);
    }
  }
}
process.stdout.write('done\n');

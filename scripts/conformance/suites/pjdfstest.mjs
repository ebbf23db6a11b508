/**
 * The Rust pjdfstest on a fresh ext4 and on the mount, side by side.
 *
 * Whatever ext4 passes has to pass here: a case that fails or is skipped here and not there is a failure. Excused is only
 * what ext4 does not pass either, and it is listed with ext4's result. Both get a second file system, for the cases of EXDEV.
 * Those of EROFS, which remount, run in a process of their own: earlier cases leave descriptors open, and ext4 is busy then.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { stripVTControlCharacters } from 'node:util';
import { makeGround } from '../../bench/ground.mjs';
import { bringCrate } from '../crates.mjs';
import { quote, sh } from '../shell.mjs';

const LIMIT_MS = 1_200_000;
const QUICK = ['rename::', 'unlink::', 'link::', 'utimensat::'];

const configurationOf = ({ remounts }) => `[features]
posix_fallocate = {}
rename_ctime = {}
utime_now = {}
utimensat = {}
[settings]
naptime = 0.02
allow_remount = ${remounts}
[dummy_auth]
entries = [["nobody", "nogroup"], ["daemon", "daemon"], ["games", "games"]]
`;
const REMOUNTING = 'erofs';

/** Found in PATH before mount(8): without the helpers of a file system, since remounting is the kernel's affair. */
const MOUNT = `#!/bin/sh\nPATH=\${PATH#*:}\nexec mount --internal-only "$@"\n`;

/** What is beyond any FUSE file system, each with how pjdfstest says it and why it is so. */
const BEYOND_FUSE = {
  'link::link_count_max': {
    says: /filesystem limit is unknown/,
    why: 'pathconf(_PC_LINK_MAX) is answered by glibc from a table of file systems that has no FUSE',
  },
};

export const pjdfstest = {
  name: 'pjdfstest',
  title: 'the POSIX suite pjdfstest, beside ext4',
  root: true,
  needs: ['mkfs.ext4', 'cargo'],
  flags: ['--allow-other'],
  async check(trial) {
    const program = await bringCrate('pjdfstest', (line) => trial.say(line));
    const place = await makeGround(trial.cleanup);
    // The cases of other users have to get there.
    chmodSync(place.scratch, 0o755);
    const files = writeFiles(trial.plain);
    const on = async (name, directory) => {
      const context = { program, directory, files, second: place.tmpfs, trial };
      const results = await runOn(context, { remounts: false, patterns: trial.quick ? QUICK : [] });
      for (const [title, result] of await runOn(context, { remounts: true, patterns: [REMOUNTING] })) {
        results.set(title, result);
      }
      trial.notes.push(`pjdfstest on ${name.padEnd(10)} ${count(results)}`);
      return results;
    };
    const theirs = await on('ext4', place.ground);
    const ours = await on('the mount', trial.dir);
    for (const result of compare(ours, theirs)) trial.report(result, { quietly: true });
  },
};

/**
 * One result for each case of either: `ours` and `theirs` map titles to `{ outcome, why }`. What is not passed on ext4 is
 * skipped here unless it passes here.
 */
export function compare(ours, theirs) {
  const results = [];
  for (const title of new Set([...theirs.keys(), ...ours.keys()])) {
    const here = ours.get(title) ?? { outcome: 'failed', why: 'it did not run' };
    const there = theirs.get(title)?.outcome;
    const beyond = BEYOND_FUSE[title];
    if (here.outcome === 'skipped' && beyond?.says.test(here.why)) {
      results.push({ title, outcome: 'skipped', why: beyond.why });
    } else if (here.outcome === 'passed') results.push({ title, outcome: 'passed' });
    else if (there === 'passed')
      results.push({ title, outcome: 'failed', why: `${here.why}; ext4 passes it` });
    else if (there === undefined) results.push({ title, outcome: 'failed', why: 'it did not run on ext4' });
    else
      results.push({
        title,
        outcome: 'skipped',
        why: `${here.why}; ext4: ${there} (${theirs.get(title).why})`,
      });
  }
  return results;
}

/** What pjdfstest printed, as a map from titles to `{ outcome, why }`; `why` is the first line that it says below. */
export function readResults(text) {
  const outcomes = { ok: 'passed', skipped: 'skipped', FAILED: 'failed' };
  const results = new Map();
  let last;
  for (const line of stripVTControlCharacters(text).split('\n')) {
    const found = /^(\S+::\S+)\s+(ok|skipped|FAILED)$/.exec(line);
    if (found !== null) {
      last = { outcome: outcomes[found[2]], why: '' };
      results.set(found[1], last);
    } else if (last !== undefined && last.why === '' && line.startsWith('\t')) {
      last.why = line.trim();
    }
  }
  return results;
}

/** The configurations and the `mount` of the remounting cases. */
function writeFiles(folder) {
  const files = {
    bin: join(folder, 'bin'),
    false: join(folder, 'plain.toml'),
    true: join(folder, 'remounts.toml'),
  };
  for (const remounts of [false, true]) writeFileSync(files[remounts], configurationOf({ remounts }));
  mkdirSync(files.bin);
  writeFileSync(join(files.bin, 'mount'), MOUNT, { mode: 0o755 });
  return files;
}

async function runOn({ program, directory, files, second, trial }, { remounts, patterns }) {
  const words = [program, '-c', files[remounts], '-s', second, '-p', directory, ...patterns];
  let cases = 0;
  const progress = (line) => {
    if (!/\s(ok|skipped|FAILED)\s*$/.test(stripVTControlCharacters(line))) return;
    cases += 1;
    if (cases % 100 === 0) trial.say(`${cases} cases on ${directory}`);
  };
  const options = {
    timeoutMs: LIMIT_MS,
    env: { NO_COLOR: '1', RUST_BACKTRACE: '0', PATH: `${files.bin}:${process.env.PATH}` },
    onLine: progress,
  };
  // It ends with an error where a case failed; what it printed says more.
  const text = await sh('/', words.map(quote).join(' '), options).catch((error) => {
    if (!/Summary/.test(error.output ?? '')) throw error;
    return error.output;
  });
  return readResults(text);
}

function count(results) {
  const of = (wanted) => [...results.values()].filter(({ outcome }) => outcome === wanted).length;
  return `${of('passed')} passed, ${of('failed')} failed, ${of('skipped')} skipped`;
}

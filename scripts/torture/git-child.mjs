/**
 * A child's work: `node git-child.mjs REPOSITORY LOG SEED` commits again and again, and tells LOG the hash of a commit once its
 * branch has been fsynced, too.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { bytesOf, Random } from './random.mjs';

const [repository, log, seed] = process.argv.slice(2);
const random = new Random(seed);

function git(...args) {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: repository, encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  process.stderr.write(`git ${args.join(' ')}: ${stderr}\n`);
  process.exit(3);
}

function syncFolder(path) {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

if (!existsSync(join(repository, '.git', 'HEAD'))) {
  mkdirSync(repository, { recursive: true });
  git('init', '-q', '-b', 'main');
}
for (const [key, value] of [
  ...[
    ['user.name', 'n'],
    ['user.email', 'a@b'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
  ],
  ...[
    ['core.fsync', 'all'],
    ['core.fsyncMethod', 'fsync'],
  ],
]) {
  git('config', key, value);
}
process.stdout.write('ready\n');
let n = random.between(0, 1e9);
for (;;) {
  for (let i = random.between(1, 5); i > 0; i -= 1) {
    n += 1;
    const folder = join(repository, `d${random.between(0, 4)}`);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `f${random.between(0, 9)}`);
    if (random.chance(0.1)) rmSync(file, { force: true });
    else writeFileSync(file, bytesOf(n, random.between(10, 20_000)).toString('base64'));
  }
  git('add', '-A');
  git('commit', '-q', '--allow-empty', '-m', `commit ${n}`);
  const head = git('rev-parse', 'HEAD');
  syncFolder(join(repository, '.git', 'refs', 'heads'));
  appendFileSync(log, `${head}\n`);
  if (random.chance(0.1))
    git(
      ...random.pick([
        ['gc', '-q'],
        ['repack', '-adq'],
        ['pack-refs', '--all'],
      ]),
    );
}

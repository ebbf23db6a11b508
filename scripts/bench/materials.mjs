/**
 * What the workloads are made of: a tree of 5 000 small files as a tar, a git repository, a project with its packages in
 * an npm cache, a C program. Made once a run, from a seed, on the memory file system; nothing comes from the network.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './process.mjs';

const TREE_FILES = 5000;
const REPOSITORY_FILES = 1000;
const PACKAGES = 10;
const PACKAGE_FILES = 500;
const SOURCES = 40;
const GIT = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'init.defaultBranch=main'];

/** A file's text: 100 bytes to 8 KiB, 3 KiB on average; one in fifty has the word that is looked for. */
function text(i) {
  const lines = 4 + ((i * 7919) % 160);
  const line = `${i} the quick brown fox jumps over\n`;
  return (i % 50 === 0 ? 'needle\n' : '') + line.repeat(lines);
}

function makeFiles(root, count, { perDirectory, extension }) {
  for (let i = 0; i < count; i++) {
    const directory = join(root, `d${Math.floor(i / perDirectory)}`);
    if (i % perDirectory === 0) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `file${i}${extension}`), text(i));
  }
}

/** Makes what the wanted workloads need in `folder`. */
export async function makeMaterials(folder, wanted) {
  mkdirSync(folder, { recursive: true });
  const some = (...names) => names.some((name) => wanted.includes(name));
  if (some('git-clone')) await makeRepository(join(folder, 'repository'));
  if (some('npm-ci')) await makeProject(folder);
  if (some('tar-x')) {
    makeFiles(join(folder, 'tree'), TREE_FILES, { perDirectory: 50, extension: '.txt' });
    await command('tar', ['cf', join(folder, 'tree.tar'), '-C', folder, 'tree']);
    rmSync(join(folder, 'tree'), { recursive: true });
  }
  if (some('make-j2')) makeProgram(join(folder, 'program'));
}

async function makeRepository(path) {
  makeFiles(path, REPOSITORY_FILES, { perDirectory: 25, extension: '.md' });
  for (const args of [
    ['init', '-q', path],
    ['-C', path, 'add', '-A'],
    ['-C', path, 'commit', '-q', '-m', 'first'],
  ]) {
    await command('git', [...GIT, ...args]);
  }
}

/** Packages that npm finds in its cache by their hash, as those of a registry, so that nothing is asked for. */
async function makeProject(folder) {
  const project = join(folder, 'project');
  mkdirSync(project, { recursive: true });
  const dependencies = {};
  for (let p = 0; p < PACKAGES; p++) {
    const name = `bench-package-${p}`;
    const source = join(folder, name);
    makeFiles(join(source, 'lib'), PACKAGE_FILES - 1, { perDirectory: 50, extension: '.js' });
    writeFileSync(join(source, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
    const tarball = (
      await command('npm', ['pack', '--silent', source, '--pack-destination', folder], { cwd: folder })
    ).trim();
    dependencies[name] = `file:${join(folder, tarball)}`;
    rmSync(source, { recursive: true });
  }
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'bench', version: '1.0.0', dependencies }),
  );
  const args = ['install', '--package-lock-only', '--silent', '--no-audit', '--no-fund'];
  await command('npm', [...args, '--cache', join(folder, 'npm-cache')], { cwd: project });
}

function makeProgram(path) {
  mkdirSync(path, { recursive: true });
  const names = Array.from({ length: SOURCES }, (_, i) => `part${i}`);
  for (const [i, name] of names.entries()) {
    writeFileSync(
      join(path, `${name}.c`),
      `#include <stdio.h>\n#include <stdlib.h>\n#include "program.h"\nint ${name}(int x) { return printf("%d\\n", x + ${i}); }\n`,
    );
  }
  writeFileSync(join(path, 'program.h'), names.map((name) => `int ${name}(int x);\n`).join(''));
  writeFileSync(
    join(path, 'main.c'),
    `#include "program.h"\nint main(void) { return ${names.map((name) => `${name}(1)`).join(' + ')} < 0; }\n`,
  );
  const objects = ['main', ...names].map((name) => `${name}.o`).join(' ');
  writeFileSync(
    join(path, 'Makefile'),
    `program: ${objects}\n\tcc -o $@ $^\n%.o: %.c program.h\n\tcc -O1 -c -o $@ $<\n`,
  );
}

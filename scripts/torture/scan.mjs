/**
 * A child's work: `node scan.mjs DIRECTORY` prints the listing (`model.mjs`) of what is there, reading every byte.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { lineOf, sha1 } from './model.mjs';

const root = process.argv[2];
const first = new Map();
const lines = [];

function visit(directory, path) {
  for (const name of readdirSync(directory).sort()) {
    const full = join(directory, name);
    const place = `${path}/${name}`;
    const stats = lstatSync(full);
    const mode = stats.mode & 0o7777;
    if (stats.isDirectory()) {
      lines.push(lineOf({ path: place, kind: 'directory', mode }));
      visit(full, place);
    } else if (stats.isSymbolicLink()) {
      lines.push(lineOf({ path: place, kind: 'symlink', mode, target: readlinkSync(full) }));
    } else {
      if (!first.has(stats.ino)) first.set(stats.ino, place);
      const bytes = readFileSync(full);
      if (bytes.length !== stats.size)
        throw new Error(`${place} says ${stats.size} bytes and has ${bytes.length}`);
      lines.push(
        lineOf({
          ...{ path: place, kind: 'file', mode, size: stats.size, hash: sha1(bytes) },
          ...{ links: stats.nlink, first: first.get(stats.ino) },
        }),
      );
    }
  }
}

visit(root, '');
process.stdout.write(`${lines.join('\n')}\n`);

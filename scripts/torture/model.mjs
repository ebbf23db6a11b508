/**
 * What a tree is after some operations, in memory: the oracle of the recording writer.
 *
 * An operation is a plain object as `recorder.mjs` writes it. `listing` and `listingOf` of a scan compare: the same tree gives
 * the same text, hard links told by the first of their paths.
 */
import { createHash } from 'node:crypto';
import { bytesOf } from './random.mjs';

const PAGE = 4096;

export class Model {
  #nextId = 1;
  root = this.#node('directory', 0o755);

  #node(kind, mode, more = {}) {
    return { id: this.#nextId++, kind, mode, version: 0, ...more };
  }

  /** Applies an operation that has succeeded. */
  apply(op) {
    const node = op.path === undefined ? undefined : this.#at(op.path);
    if (node !== undefined) node.version += 1;
    switch (op.op) {
      case 'create':
        return this.#put(op.path, this.#node('file', 0o644, { data: Buffer.alloc(0) }));
      case 'mkdir':
        return this.#put(op.path, this.#node('directory', 0o755));
      case 'symlink':
        return this.#put(op.path, this.#node('symlink', 0o777, { target: op.target }));
      case 'write':
      case 'syncwrite':
        return this.#write(node, op.at ?? node.data.length, bytesOf(op.fill, op.written ?? op.length));
      case 'truncate':
        node.data = resized(node.data, op.size);
        return;
      case 'chmod':
        node.mode = op.mode;
        return;
      case 'link':
        return this.#put(op.to, node);
      case 'rename':
        // Two names of one file: rename(2) does nothing.
        if (this.#at(op.to) === node) return;
        this.#take(op.path);
        return this.#put(op.to, node);
      case 'unlink':
      case 'rmdir':
        return this.#take(op.path);
      case 'fsync':
      case 'fsyncdir':
        return;
      default:
        throw new Error(`no such operation: ${op.op}`);
    }
  }

  /**
   * What may be there of an operation that nobody synced, growing: of a write any part up to a page's end, since the kernel makes
   * several requests of one call where a page ends, and a commit may come between them.
   */
  partsOf(op) {
    if (!op.op.endsWith('write')) return [op];
    const at = op.at ?? this.#at(op.path).data.length;
    const parts = [];
    for (let end = Math.ceil((at + 1) / PAGE) * PAGE; end < at + (op.written ?? op.length); end += PAGE) {
      parts.push({ ...op, at, written: end - at });
    }
    return [...parts, { ...op, at }];
  }

  /** The tree as text, a line a path. */
  listing() {
    const lines = [];
    const links = new Map();
    const count = (directory) => {
      for (const node of directory.entries?.values() ?? []) {
        links.set(node, (links.get(node) ?? 0) + 1);
        if (node.kind === 'directory') count(node);
      }
    };
    count(this.root);
    const first = new Map();
    const visit = (directory, path) => {
      for (const name of [...(directory.entries?.keys() ?? [])].sort()) {
        const node = directory.entries.get(name);
        const place = `${path}/${name}`;
        if (node.kind === 'file' && !first.has(node)) first.set(node, place);
        lines.push(
          lineOf({
            ...{ path: place, kind: node.kind, mode: node.mode },
            ...(node.kind === 'file'
              ? { size: node.data.length, hash: hashOf(node), links: links.get(node), first: first.get(node) }
              : {}),
            ...(node.kind === 'symlink' ? { target: node.target } : {}),
          }),
        );
        if (node.kind === 'directory') visit(node, place);
      }
    };
    visit(this.root, '');
    return lines.join('\n');
  }

  #write(node, at, bytes) {
    const end = at + bytes.length;
    const data = resized(node.data, Math.max(node.data.length, end));
    bytes.copy(data, at);
    node.data = data;
  }

  #at(path) {
    let node = this.root;
    for (const name of path.split('/').slice(1)) node = node?.entries?.get(name);
    return node;
  }

  #slot(path) {
    const at = path.lastIndexOf('/');
    const parent = at === 0 ? this.root : this.#at(path.slice(0, at));
    parent.entries ??= new Map();
    return { entries: parent.entries, name: path.slice(at + 1) };
  }

  #put(path, node) {
    const { entries, name } = this.#slot(path);
    entries.set(name, node);
  }

  #take(path) {
    const { entries, name } = this.#slot(path);
    entries.delete(name);
  }
}

/** A copy, always: a hash that was taken of the old bytes stays true. */
function resized(data, size) {
  const copy = Buffer.alloc(size);
  data.copy(copy, 0, 0, Math.min(size, data.length));
  return copy;
}

function hashOf(node) {
  if (node.hashed !== node.data) {
    node.hashed = node.data;
    node.hash = sha1(node.data);
  }
  return node.hash;
}

export function sha1(bytes) {
  return createHash('sha1').update(bytes).digest('hex');
}

/** One line of a listing. */
export function lineOf({ path, kind, mode, size, hash, links, first, target }) {
  const facts = [path, kind, mode.toString(8)];
  if (kind === 'file') facts.push(size, hash, `x${links}`, first === path ? '' : `= ${first}`);
  if (kind === 'symlink') facts.push(`-> ${target}`);
  return facts.join(' ').trimEnd();
}

/** The first lines in which two listings differ, for people. */
export function differenceOf(found, wanted) {
  const here = new Set(found.split('\n'));
  const there = new Set(wanted.split('\n'));
  const lines = [];
  for (const line of there) if (!here.has(line)) lines.push(`  wanted: ${line}`);
  for (const line of here) if (!there.has(line)) lines.push(`  found:  ${line}`);
  return lines.slice(0, 16).join('\n');
}

/**
 * Random edits for property tests: data that fast-check can shrink, and what carries them out on a scratch tree.
 *
 * Few names and few contents, so that the two sides meet often.
 */
import fc from 'fast-check';
import { ROOT_NODE } from '#src/sync/core/index.js';
import { Scratch } from './scratch-tree.js';

const VERBS = [
  'write',
  'write',
  'mkdir',
  'mkdir',
  'symlink',
  'overwrite',
  'overwrite',
  'chmod',
  'chown',
  'touch',
  'xattr',
  'replace',
  'replaceDirectory',
  'move',
  'move',
  'move',
  'link',
  'remove',
  'remove',
  'changeKind',
  'swap',
  'nest',
  'nest',
] as const;

export interface Edit {
  readonly verb: (typeof VERBS)[number];
  /** Picks among what is there. */
  readonly what: number;
  readonly where: number;
  readonly name: string;
  readonly content: string;
  readonly at: number;
}

function edits(verbs: readonly Edit['verb'][], maxLength: number): fc.Arbitrary<Edit[]> {
  const edit: fc.Arbitrary<Edit> = fc.record({
    verb: fc.constantFrom(...verbs),
    what: fc.noBias(fc.nat(1000)),
    where: fc.noBias(fc.nat(1000)),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    content: fc.constantFrom('one', 'two', 'three', 'four', 'five'),
    at: fc.integer({ min: 1, max: 20 }),
  });
  return fc.array(edit, { maxLength, size: 'max' });
}

export interface Story {
  readonly before: readonly Edit[];
  readonly here: readonly Edit[];
  readonly there: readonly Edit[];
}

const anything: fc.Arbitrary<Story> = fc.record({
  before: edits(VERBS, 25),
  here: edits(VERBS, 9),
  there: edits(VERBS, 9),
});

const ROOMS = ['a', 'b', 'c'].map(
  (name): Edit => ({ verb: 'mkdir', what: 0, where: 0, name, content: 'one', at: 1 }),
);

/** Few directories that are moved about, where circles and deletions around new things are likely. */
const furniture: fc.Arbitrary<Story> = fc.record({
  before: edits(['mkdir', 'mkdir', 'write'], 6).map((more) => [...ROOMS, ...more]),
  here: edits(['nest', 'nest', 'nest', 'nest', 'move', 'remove', 'write', 'mkdir'], 4),
  there: edits(['nest', 'nest', 'nest', 'nest', 'move', 'remove', 'write', 'mkdir'], 4),
});

/** Files that change names, and get new ones in their places: what editors and log rotations do. */
const saves: fc.Arbitrary<Story> = fc.record({
  before: edits(['write', 'write', 'link', 'mkdir'], 6),
  here: edits(['move', 'move', 'link', 'replace', 'replace', 'write', 'overwrite', 'remove'], 5),
  there: edits(['move', 'link', 'replace', 'write', 'write', 'chmod', 'remove', 'mkdir'], 4),
});

export const story: fc.Arbitrary<Story> = fc.oneof(
  { weight: 2, arbitrary: anything },
  { weight: 1, arbitrary: furniture },
  { weight: 1, arbitrary: saves },
);

export interface Telling {
  readonly base: Scratch;
  readonly local: Scratch;
  readonly remote: Scratch;
}

export function tell({ before, here, there }: Story): Telling {
  const base = carryOut(new Scratch(), before);
  const local = carryOut(new Scratch({ from: base, agent: 'here', salt: 2 }), here);
  const remote = carryOut(new Scratch({ from: base, agent: 'there', salt: 3 }), there);
  return { base, local, remote };
}

export function carryOut(scratch: Scratch, edits: readonly Edit[]): Scratch {
  for (const one of edits) {
    scratch.now = one.at;
    carryOutOne(scratch, one);
  }
  return scratch;
}

/** An edit that makes no sense here (nothing to pick, a name taken, a directory into itself) is left out. */
function carryOutOne(scratch: Scratch, { verb, what, where, name, content, at }: Edit): void {
  const all = [...scratch.paths()];
  const kindOf = (id: string) => scratch.tree.node(id)?.kind;
  const directories = [['', ROOT_NODE] as const, ...all.filter(([, id]) => kindOf(id) === 'directory')];
  const files = all.filter(([, id]) => kindOf(id) === 'file');
  const [path, id] = all[what % all.length] ?? [];
  const [file] = files[what % files.length] ?? [];
  const [directory, directoryId] = directories[where % directories.length]!;
  const target = `${directory}/${name}`;
  const free = scratch.find(target) === undefined;
  const into =
    path !== undefined && (target === path || target.startsWith(`${path}/`) || path.startsWith(`${target}/`));
  switch (verb) {
    case 'write':
      if (free) scratch.write(target, content);
      return;
    case 'mkdir':
      if (free) scratch.mkdir(target);
      return;
    case 'symlink':
      if (free) scratch.make(target, 'symlink', { hash: content, size: content.length });
      return;
    case 'overwrite':
      if (file) scratch.write(file, content);
      return;
    case 'chmod':
      if (path) scratch.edit(path, { mode: 0o600 + (at % 3) });
      return;
    case 'chown':
      if (path) scratch.edit(path, { uid: at % 3 });
      return;
    case 'touch':
      if (path) scratch.edit(path, { mtimeSec: at });
      return;
    case 'xattr':
      if (path) scratch.edit(path, { xattrs: `user.k=${content}` });
      return;
    case 'replace':
      if (file) scratch.replace(file, content);
      return;
    case 'replaceDirectory':
      if (directoryId === ROOT_NODE) return;
      scratch.remove(directory);
      scratch.mkdir(directory);
      return;
    case 'move':
      if (path && !into) scratch.move(path, target);
      return;
    case 'link':
      if (file && free) scratch.link(file, target);
      return;
    case 'remove':
      if (path) scratch.remove(path);
      return;
    case 'changeKind':
      if (!path || !id) return;
      scratch.remove(path);
      if (kindOf(id) === 'directory' || at % 2 === 0) scratch.write(path, content);
      else scratch.mkdir(path);
      return;
    case 'nest': {
      // A directory into a directory, which is what circles are made of.
      const [inner] = directories[what % directories.length]!;
      const to = `${directory}${inner.slice(inner.lastIndexOf('/'))}`;
      if (inner === '' || `${directory}/`.startsWith(`${inner}/`) || scratch.find(to) !== undefined) return;
      scratch.move(inner, to);
      return;
    }
    case 'swap':
      if (!path || into || free) return;
      scratch.move(path, '/swapped');
      scratch.move(target, path);
      scratch.move('/swapped', target);
      return;
  }
}

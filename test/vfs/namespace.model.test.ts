/**
 * Random changes of names against a pure model: the same tree, the same link counts and the same errors, over group
 * commits, with caches of a few entries, and after the database was closed and opened again.
 */
import fc from 'fast-check';
import t from 'tap';
import {
  type Attributes,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFMT,
  type Vfs,
} from '#src/vfs/index.js';
import { type ModelNode, NamespaceModel } from './namespace-model.js';
import { codeOf, OWNER, ScratchWorkspace } from './scratch-workspace.js';

/** Few names, so that steps meet; a path is at most three of them deep. */
const name = fc.constantFrom('a', 'b', 'c', 'd');
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('create' as const, 'mkdir' as const), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('link' as const), path, to: path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('unlink' as const, 'rmdir' as const), path }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('rename' as const),
      path,
      to: path,
      flags: fc.constantFrom(0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function directoryOf(vfs: Vfs, path: readonly string[]): Attributes | undefined {
  let at: Attributes | undefined = vfs.inode(1);
  for (const part of path) {
    if (at === undefined || (at.mode & S_IFMT) !== S_IFDIR) return undefined;
    at = vfs.lookup(at, part);
  }
  return at;
}

class Pair {
  readonly workspace = new ScratchWorkspace();
  readonly model = new NamespaceModel();

  /** A tree to begin with, so that most steps meet something. */
  async plant(): Promise<void> {
    for (const path of ['a', 'b', 'a/a', 'a/b', 'b/a', 'a/a/a']) {
      await this.run({ do: 'mkdir', path: path.split('/') as ('a' | 'b')[] });
    }
    for (const path of ['c', 'a/c', 'b/c', 'a/a/c']) {
      await this.run({ do: 'create', path: path.split('/') as ('a' | 'c')[] });
    }
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'flush') return this.workspace.vfs.flush();
    if (step.do === 'reopen') {
      await this.workspace.reopen();
      return;
    }
    const want = this.model.run(step);
    if (want === 'unreachable') return;
    const got = codeOf(() => this.#apply(step));
    if (got !== want) throw new Error(`${JSON.stringify(step)} gave ${got}, not ${want}`);
  }

  #apply(step: Exclude<Step, { do: 'flush' } | { do: 'reopen' }>): void {
    const { vfs } = this.workspace;
    const parent = directoryOf(vfs, step.path.slice(0, -1))!;
    const name = step.path.at(-1)!;
    if (step.do === 'create') vfs.create(parent, name, { ...OWNER, mode: 0o100644 });
    else if (step.do === 'mkdir') vfs.create(parent, name, { ...OWNER, mode: 0o040755 });
    else if (step.do === 'unlink') vfs.unlink(parent, name);
    else if (step.do === 'rmdir') vfs.rmdir(parent, name);
    else if ('to' in step) {
      const directory = directoryOf(vfs, step.to.slice(0, -1))!;
      const target = step.to.at(-1)!;
      if (step.do === 'rename') vfs.rename(parent, name, { directory, name: target, flags: step.flags });
      else vfs.link(directoryOf(vfs, step.path)!, directory, target);
    }
  }

  compare(): void {
    const inos = new Map<ModelNode, number>();
    this.#compareDirectory(this.workspace.root, this.model.root, { path: '', inos });
    if (new Set(inos.values()).size !== inos.size) throw new Error('two files have one inode number');
  }

  #compareDirectory(
    inode: Attributes,
    node: ModelNode,
    at: { path: string; inos: Map<ModelNode, number> },
  ): void {
    const { vfs } = this.workspace;
    const names = this.workspace.names(inode);
    const want = [...node.entries!.keys()];
    if ([...names].sort().join() !== [...want].sort().join())
      throw new Error(`${at.path}/ lists ${names}, not ${want}`);
    if (inode.nlink !== node.nlink)
      throw new Error(`${at.path}/ has ${inode.nlink} links, not ${node.nlink}`);
    for (const [name, child] of node.entries!) {
      const path = `${at.path}/${name}`;
      const found = vfs.lookup(inode, name);
      if (found === undefined) throw new Error(`${path} is not found`);
      const known = at.inos.get(child);
      if (known !== undefined && known !== found.ino) throw new Error(`${path} is another inode`);
      at.inos.set(child, found.ino);
      if (((found.mode & S_IFMT) === S_IFDIR) !== (child.entries !== undefined))
        throw new Error(`${path} is of another kind`);
      if (child.entries === undefined) {
        if (found.nlink !== child.nlink)
          throw new Error(`${path} has ${found.nlink} links, not ${child.nlink}`);
      } else {
        if (vfs.parentOf(found).ino !== inode.ino) throw new Error(`${path} has another parent`);
        this.#compareDirectory(found, child, { path, inos: at.inos });
      }
    }
  }
}

t.test(
  'random changes of names leave the tree, the link counts and the errors that POSIX says',
  async (t) => {
    const seed = Number(process.env.AGENTFS_SEED ?? Date.now() % 2 ** 31);
    t.comment(`seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80 }), async (steps) => {
        const pair = new Pair();
        try {
          await pair.plant();
          for (const [index, each] of steps.entries()) {
            await pair.run(each);
            if (index % 5 === 4) pair.compare();
          }
          pair.compare();
          await pair.workspace.reopen();
          pair.compare();
          const problems = pair.workspace.vfs.integrityCheck();
          if (problems.length > 0) throw new Error(problems.join());
          const findings = pair.workspace.vfs.check();
          if (findings.length > 0) throw new Error(JSON.stringify(findings));
        } finally {
          await pair.workspace.remove();
        }
      }),
      { seed, numRuns: 80, interruptAfterTimeLimit: 20_000 },
    );
  },
);

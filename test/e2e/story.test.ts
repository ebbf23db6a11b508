/**
 * The whole story on real parts: two agents, each with a home and a mount, one libSQL server with tokens; git, tar and
 * gcc as the workload. A works and pushes, B pulls and finds the same; B works and pushes, A pulls beneath its mount.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { Agent } from '../cli/agentfs-process.js';
import { type Sqld, startSqld } from '../support/sqld.js';

const SOURCES = join(import.meta.dirname, '..', '..', '..', 'test', 'e2e');
const run = promisify(execFile);

interface Report {
  readonly pushed: number;
  readonly pulled: number;
  readonly rowsWritten: number;
  readonly roundTrips: number;
}

/** Runs a shell script in a directory; a child, with a deadline, whatever happens to the mount. */
async function sh(directory: string, script: string): Promise<string> {
  const options = { timeout: 120_000, killSignal: 'SIGKILL', maxBuffer: 1 << 28 } as const;
  const { stdout } = await run('sh', ['-ec', `cd "$1"; ${script}`, 'sh', directory], options);
  return stdout;
}

async function digest(directory: string): Promise<string[]> {
  const out = await run('python3', [join(SOURCES, 'tree-digest.py'), directory], {
    timeout: 120_000,
    maxBuffer: 1 << 28,
  });
  return out.stdout.trimEnd().split('\n');
}

/** Compares by the first lines that differ, since a whole tree in a failure message helps nobody. */
function sameTree(t: Test, a: readonly string[], b: readonly string[], message: string): void {
  const onlyA = a.filter((line) => !b.includes(line)).slice(0, 10);
  const onlyB = b.filter((line) => !a.includes(line)).slice(0, 10);
  t.ok(a.length > 1, 'there is something to compare');
  t.strictSame({ onlyA, onlyB, entries: b.length }, { onlyA: [], onlyB: [], entries: a.length }, message);
}

class Player {
  readonly agent: Agent;
  readonly dir: string;
  readonly #sqld: Sqld;

  constructor(agent: Agent, sqld: Sqld) {
    this.agent = agent;
    this.#sqld = sqld;
    this.dir = join(agent.scratch, 'mnt');
    mkdirSync(this.dir, { recursive: true });
  }

  async begin(t: Test): Promise<void> {
    t.match(await this.agent.run(['workspace', 'create', 'story']), { code: 0 });
    const token = await this.#sqld.token();
    const args = ['sync', 'enable', 'story', '--turso-db', this.#sqld.url, '--mode', 'manual'];
    t.match(await this.agent.run(args, { env: { AGENTFS_TOKEN: token } }), { code: 0 }, 'sync enable');
  }

  async sync(t: Test, verb: 'push' | 'pull'): Promise<Report> {
    const token = await this.#sqld.token();
    const ended = await this.agent.run(['sync', verb, 'story', '--json'], { env: { AGENTFS_TOKEN: token } });
    t.equal(ended.code, 0, `${verb}: ${ended.stdout.slice(0, 2000)}${ended.stderr.slice(0, 2000)}`);
    return JSON.parse(ended.stdout) as Report;
  }

  async mount(t: Test): Promise<void> {
    const ended = await this.agent.run(['mount', 'story', this.dir]);
    t.equal(ended.code, 0, `mount: ${ended.stderr}`);
  }
}

t.test(
  'two agents share a workspace through a libSQL server and never differ',
  { timeout: 300_000 },
  async (t) => {
    const sqld = await startSqld();
    t.teardown(() => sqld.stop());
    const [a, b] = [new Player(await Agent.create(t), sqld), new Player(await Agent.create(t), sqld)];
    await a.begin(t);
    await a.mount(t);

    const upstream = join(a.agent.scratch, 'upstream.git');
    await sh(
      a.agent.scratch,
      `git init -q --bare -b main upstream.git; python3 ${join(SOURCES, 'make-repository.py')} | git -C upstream.git fast-import --quiet --done`,
    );
    t.equal((await sh(upstream, 'git rev-list --count main')).trim(), '120');
    const packageTar = join(a.agent.scratch, 'package.tgz');
    const modules = join(SOURCES, '..', '..', 'node_modules');
    await sh(modules, `tar czf ${packageTar} rimraf yaml`);

    await sh(a.dir, `git clone -q ${upstream} repo`);
    t.ok(Number(await sh(a.dir, 'git -C repo ls-files | wc -l')) >= 500, 'the clone has at least 500 files');
    await sh(
      a.dir,
      `mkdir package; tar xzf ${packageTar} -C package; test $(find package -type f | wc -l) -ge 100`,
    );
    writeFileSync(
      join(a.agent.scratch, 'hello.c'),
      '#include <stdio.h>\nint main(void) { puts("compiled on the mount"); return 0; }\n',
    );
    await sh(
      a.dir,
      `mkdir build; cp ${a.agent.scratch}/hello.c build; cd build; gcc -O1 -o hello hello.c; ./hello | grep -q compiled`,
    );
    await sh(
      a.dir,
      'mkdir empty links; ln -s ../repo/README links/dangling; ln -s ../build/hello links/good; ln build/hello links/hard',
    );
    await sh(
      a.dir,
      'head -c 67108864 /dev/urandom > big.bin; printf x > xattr.txt; printf old > old.txt; printf run > run.sh; chmod 0751 run.sh; chmod 0600 old.txt',
    );
    await sh(
      a.dir,
      "touch -d '1999-12-31 23:59:59.123456789 UTC' old.txt; mkdir many; cd many; i=0; while [ $i -lt 1000 ]; do echo $i > f$i; i=$((i+1)); done",
    );
    await run(
      'python3',
      [
        '-c',
        'import os,sys; os.setxattr(sys.argv[1], "user.agentfs.note", b"\\x00\\xffbytes")',
        join(a.dir, 'xattr.txt'),
      ],
      { timeout: 20_000 },
    );

    const first = await a.sync(t, 'push');
    t.ok(first.pushed > 2000, `a push of ${first.pushed} changes`);
    t.match(await a.sync(t, 'push'), { pushed: 0, rowsWritten: 0 }, 'a push of nothing writes nothing');

    await b.begin(t);
    await b.sync(t, 'pull');
    await b.mount(t);
    sameTree(t, await digest(a.dir), await digest(b.dir), "B's mount is A's");
    t.equal(
      await sh(b.dir, 'git -C repo fsck --strict 2>&1 | grep -v ^dangling || true'),
      '',
      'git fsck is clean',
    );
    t.equal(await sh(b.dir, 'git -C repo status --porcelain'), '', 'git status is clean');
    t.equal(await sh(b.dir, './build/hello'), 'compiled on the mount\n', 'what was compiled runs');

    // A has everything in its kernel caches now: digest has just read it all.
    // git status has refreshed the index of the repository: that is not what is counted.
    await b.sync(t, 'push');
    await sh(b.dir, 'mv many renamed');
    const renamed = await b.sync(t, 'push');
    t.ok(
      renamed.rowsWritten < 10,
      `renaming 1000 files writes ${renamed.rowsWritten} rows, in ${renamed.roundTrips} round trips`,
    );
    await sh(
      b.dir,
      'echo edited >> repo/src/part0/deep/module-0.txt; echo new > repo/new.txt; rm -r package/yaml empty links/good; truncate -s 1000 old.txt; chmod 0700 run.sh',
    );
    await sh(
      b.dir,
      'rm xattr.txt; mkdir xattr.txt; echo now a directory > xattr.txt/inside; mv repo/src/part1 repo/moved; ln old.txt hard-old.txt',
    );
    await run(
      'python3',
      [
        '-c',
        'import os,sys; f=os.open(sys.argv[1], os.O_RDWR); os.pwrite(f, b"one byte", 30000000)',
        join(b.dir, 'big.bin'),
      ],
      { timeout: 20_000 },
    );
    const edited = await b.sync(t, 'push');
    t.ok(edited.pushed > 0);

    await a.sync(t, 'pull');
    sameTree(t, await digest(b.dir), await digest(a.dir), "A's mount is B's, at once after the pull");
    t.equal(readFileSync(join(a.dir, 'repo/new.txt'), 'utf8'), 'new\n', 'a name that was not there is there');
    t.equal(
      await sh(a.dir, 'ls -d many package/yaml empty 2>/dev/null || true'),
      '',
      'names that went are gone',
    );
    t.match(await sh(a.dir, 'git -C repo status --porcelain'), / M src\/part0\/deep\/module-0\.txt/);
    t.match(await a.sync(t, 'pull'), { pulled: 0, roundTrips: 1 }, 'a pull of nothing is one round trip');

    for (const player of [a, b]) {
      const before = await digest(player.dir);
      t.match(await player.agent.run(['umount', 'story']), { code: 0 });
      await player.mount(t);
      sameTree(t, before, await digest(player.dir), 'the same after a remount');
      t.match(await player.agent.run(['umount', player.dir]), { code: 0 });
    }
    rmSync(packageTar);
  },
);

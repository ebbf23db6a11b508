/**
 * Real programs on the mount. Each script runs on a plain directory, too: what it prints, and the tree it leaves, must
 * be the same.
 */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import t from 'tap';
import { MountedAgent, sh } from './mounted-agent.js';

const GIT = `
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z' GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent
git init -q -b main r; cd r; git config user.email a@b; git config user.name n
seq 1 500 > numbers; mkdir -p a/b; echo deep > a/b/c; ln -s a/b/c link; printf '#!/bin/sh\\n' > run; chmod +x run
git add -A; git commit -qm first; git tag v1
git checkout -q -b side; sed -i 's/^250$/side/' numbers; git commit -qam side; git mv a moved; git commit -qm moved
git checkout -q main; sed -i 's/^10$/main/' numbers; git commit -qam main; git merge -q --no-edit side
i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo $i > file$i; git add file$i; git commit -qm c$i; done
git stash list; echo dirty >> numbers; git stash -q; git stash pop -q; git checkout -q numbers
git gc -q --prune=now; git fsck --strict; git log --format='%H %s' | sha256sum; git ls-tree -r HEAD | sha256sum
git status --porcelain; git worktree add -q ../wt v1; git -C ../wt status --porcelain; git worktree remove ../wt
git clone -q . ../clone; git -C ../clone rev-list --count HEAD; cd ..; rm -rf clone; git -C r count-objects -v | grep -E '^(count|packs|garbage)'
`;

const SQLITE = `
import sqlite3, subprocess, sys
mode = sys.argv[1]
def connect():
    db = sqlite3.connect("test.db", timeout=30, isolation_level=None)
    db.execute("PRAGMA journal_mode=" + mode)
    return db
if len(sys.argv) > 2:
    db = connect()
    for n in range(100):
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE counter SET n = n + 1")
        db.execute("INSERT INTO log VALUES (?, ?)", (sys.argv[2], n))
        db.execute("COMMIT")
    sys.exit()
db = connect()
db.execute("CREATE TABLE counter (n)")
db.execute("CREATE TABLE log (who, n)")
db.execute("INSERT INTO counter VALUES (0)")
two = [subprocess.Popen([sys.executable, sys.argv[0], mode, who]) for who in "ab"]
print([p.wait() for p in two])
print(db.execute("PRAGMA journal_mode").fetchone(), db.execute("SELECT n FROM counter").fetchone())
print(db.execute("SELECT who, count(*) FROM log GROUP BY who").fetchall(), db.execute("PRAGMA integrity_check").fetchone())
`;

const MMAP = `
import mmap, os
with open("map", "wb") as file:
    file.truncate(3 * 4096 + 100)
with open("map", "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
    view[4090:4102] = b"across pages"
    view[-4:] = b"last"
    print(view.size(), view[0:2])
    view.flush()
    print(os.pread(file.fileno(), 12, 4090))
    os.pwrite(file.fileno(), b"written", 0)
    print(view[0:7])
    view[8192:8195] = b"end"
with open("map", "rb") as file:
    data = file.read()
print(len(data), data[4090:4102], data[8192:8195], data[-4:], data[0:7])
os.truncate("map", 5000)
with open("map", "r+b") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as view:
    view[0:7] = b"private"
with open("map", "rb") as file:
    print(file.read(7))
`;

interface Program {
  readonly title: string;
  /** The programs that must be there. */
  readonly needs: readonly string[];
  /** $T is a directory of its own outside the mount, with git.sh, writers.py and mapping.py. */
  readonly script: string;
}

const PROGRAMS: readonly Program[] = [
  {
    title: 'git init, commit, branch, merge, stash, gc, worktree and clone',
    needs: ['git'],
    script: '. $T/git.sh',
  },
  {
    title: 'npm install of a package from a tarball, offline',
    needs: ['npm'],
    script: `
      mkdir -p $T/package/lib/sub; cd $T; printf '#!/usr/bin/env node\\nconsole.log(require("./lib/sub/x.js"))\\n' > package/bin.js
      echo 'module.exports = "installed"' > package/lib/sub/x.js
      echo '{"name":"tiny-package","version":"1.2.3","bin":{"tiny":"bin.js"}}' > package/package.json; tar czf tiny.tgz package; cd - > /dev/null
      mkdir app; cd app; echo '{"name":"app","version":"1.0.0"}' > package.json
      npm install --offline --no-audit --no-fund --cache $T/cache --silent $T/tiny.tgz 2>&1; node_modules/.bin/tiny
      cat node_modules/tiny-package/lib/sub/x.js; npm ls --offline --parseable 2>&1 | grep -c tiny; rm -rf node_modules package-lock.json package.json`,
  },
  {
    title: 'tar x and c, with links, modes, times and a sparse file',
    needs: ['tar'],
    script: `
      mkdir -p in/d; cd in; seq 1 20000 > d/big; echo x > 'name with space'; ln d/big hard; ln -s d/big soft; chmod 4750 d/big
      mkfifo fifo; truncate -s 5M sparse; printf end >> sparse; touch -d '2001-02-03 04:05:06.789 UTC' d/big; touch -h -d '2002-01-01 UTC' soft
      touch -d '2003-01-01 UTC' d sparse fifo 'name with space'; cd ..
      tar --sort=name --sparse -cpf a.tar -C in .; mkdir out; tar -xpf a.tar -C out; touch -d '2004-01-01 UTC' in out
      tar --sort=name --sparse -cpf b.tar -C out .; touch -d '2004-01-01 UTC' in; tar -df a.tar -C out . | grep -v '^\\./: Mod time' || true; diff -r in out 2>&1 | grep -v fifo || true
      stat -c '%n %a %h %s %Y' out/d/big out/hard out/soft out/sparse out/fifo; rm a.tar b.tar`,
  },
  {
    title: 'rsync -a twice, of which the second does nothing, and --delete',
    needs: ['rsync'],
    script: `
      mkdir -p src/d/e; seq 1 5000 > src/d/f; ln -s d/f src/l; echo x > src/d/e/x; chmod 640 src/d/f; touch -d '2001-02-03 04:05:06.123456789 UTC' src/d/f
      rsync -a src/ dst; rsync -ai src/ dst; stat -c '%n %a %y' dst/d/f; rm src/d/e/x; echo more >> src/d/f; rsync -aH --delete --inplace --no-W src/ dst; diff -r src dst; ls dst/d/e`,
  },
  {
    title: 'sqlite3 with a rollback journal, two writers',
    needs: ['python3'],
    script: 'python3 $T/writers.py delete; rm test.db',
  },
  {
    title: 'sqlite3 in WAL mode, two writers',
    needs: ['python3'],
    script: 'python3 $T/writers.py wal; rm -f test.db*',
  },
  {
    title: 'gcc to an object, a shared library and a program that runs',
    needs: ['gcc'],
    script: `
      printf 'int twice(int n) { return 2 * n; }\\n' > twice.c; printf '#include <stdio.h>\\nint twice(int); int main(void) { printf("%%d\\\\n", twice(21)); }\\n' > main.c
      gcc -c -O1 twice.c -o twice.o; ar rcs libtwice.a twice.o; gcc -shared -fPIC twice.c -o libshared.so
      gcc main.c -L. -ltwice -o program; ./program; gcc main.c ./libshared.so -o dynamic; ./dynamic; cp program copy; ./copy; rm -f *.o *.a *.so program dynamic copy`,
  },
  {
    title: 'vim -es saves, with a backup and through a symlink',
    needs: ['vim'],
    script: `
      printf 'one\\ntwo\\n' > f; chmod 600 f; ln -s f link
      vim -u NONE -es -c 'set backup writebackup backupcopy=no' -c '%s/two/2/' -c wq f < /dev/null; cat f; stat -c %a f; ls -A
      vim -u NONE -es -c 'normal Gothree' -c 'wq' link < /dev/null; readlink link; cat f`,
  },
  { title: 'python writes through a mapping', needs: ['python3'], script: 'python3 $T/mapping.py' },
  {
    title: 'find, sort, sed -i, install, cp -a, dd, split, flock and mv between here and elsewhere',
    needs: ['flock'],
    script: `
      seq 1 3000 > n; split -l 1000 n part-; cat part-* | cmp - n; sed -i.bak 's/^7$/seven/' n; cmp -s n n.bak || echo differ; install -m 751 -D n deep/er/n; stat -c %a deep/er/n
      cp -a deep copy; diff -r deep copy; dd if=n of=n bs=1 seek=10 count=5 conv=notrunc status=none; sort -o n n; sha256sum n
      (flock 9; echo locked) 9> lock; flock -n lock true && echo free; mv deep $T/away-$$; mv $T/away-$$ back; find . -type f | sort; : > empty; find . -empty -type f; cp --sparse=always /dev/null z; cp --reflink=auto n r; cmp n r`,
  },
];

/** Names, kinds, modes, sizes and contents; times are the program's own affair where it did not set them. */
const DIGEST = `find . -path './r/.git/*' -prune -o -printf '%P %y %m %n %l\\n' | LC_ALL=C sort; find . -path './r/.git' -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum`;

function missing(program: string): boolean {
  return !(process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

t.test('programs do on the mount what they do on a plain directory', async (t) => {
  const mounted = await MountedAgent.create(t);
  await mounted.mount(t);
  for (const [index, { title, needs, script }] of PROGRAMS.entries()) {
    const absent = needs.find(missing);
    await t.test(title, { skip: absent === undefined ? false : `${absent} is not installed` }, async (t) => {
      const outputs: string[] = [];
      for (const [side, base] of [
        ['mount', mounted.dir],
        ['plain', mounted.agent.scratch],
      ] as const) {
        const tools = join(mounted.agent.scratch, `tools-${side}-${index}`);
        mkdirSync(tools);
        writeFileSync(join(tools, 'git.sh'), GIT);
        writeFileSync(join(tools, 'writers.py'), SQLITE);
        writeFileSync(join(tools, 'mapping.py'), MMAP);
        const work = `work-${index}`;
        const all = `T=${tools}; umask 022; mkdir ${work}; cd ${work}; ( ${script} ); echo; ${DIGEST}`;
        outputs.push((await sh(base, all)).replaceAll(tools, 'T').replaceAll(base, 'HERE'));
      }
      t.equal(outputs[0], outputs[1]);
      t.ok((outputs[0] ?? '').length > 20, 'it said something');
    });
  }
  t.match(await mounted.run(['doctor', 'w']), { code: 0 });
  t.match(await mounted.run(['umount', 'w']), { code: 0 });
});

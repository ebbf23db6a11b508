import t from 'tap';
import { type Mounted, mountFresh, requestsOf } from './mounted.js';

const root = process.getuid?.() === 0;

t.test('a shell works in the mount', async (t) => {
  const { sh, logged } = await mountFresh(t);
  const out = await sh(`
    echo hello > a; cat a; mkdir -p d/e; ln -s ../a d/link; ln a hard; mv a d/e/moved
    printf ' more' >> hard; cat d/e/moved; echo; stat -c %h hard; readlink d/link
    chmod 640 hard; stat -c '%a %s' hard; touch -d '1969-12-31 23:59:58.123456789 UTC' hard
    TZ=UTC stat -c %y hard; ls -A d; rm hard; rmdir d 2>/dev/null || echo kept; rm -r d; ls -A | wc -l`);
  t.equal(
    out,
    'hello\nhello\n more\n2\n../a\n640 11\n1969-12-31 23:59:58.123456789 +0000\ne\nlink\nkept\n0\n',
  );
  t.same(logged, []);
});

t.test('access(2), exec and chdir tell root what they tell it on any filesystem', async (t) => {
  const { sh } = await mountFresh(t);
  const out = await sh(`
    mkdir d; printf '#!/bin/sh\\necho ran\\n' > d/tool; cd d
    test -x tool || echo 'not executable'; ./tool 2>/dev/null || echo refused
    test -r tool && test -w tool && test -e tool && test -x . && echo readable
    chmod 755 tool; test -x tool && ./tool; chmod 000 . ; cd ..; test -e d/absent || echo absent; chmod 755 d`);
  const lines = ['not executable', 'refused', 'readable', 'ran'];
  t.equal(out, `${[...lines, 'absent'].join('\n')}\n`);
});

t.test(
  'on a private mount, changing a directory costs no request beside the change itself',
  {
    skip: !root && 'only root mounts without default_permissions',
  },
  async (t) => {
    const { sh, mount } = await mountFresh(t);
    await sh('mkdir d; for i in 1 2 3; do : > d/f$i; done');
    const before = mount.counts();
    await sh('mv d/f1 d/g1; mv d/f2 d/g2; rm d/g1 d/g2 d/f3');
    t.equal((mount.counts().GETATTR ?? 0) - (before.GETATTR ?? 0) < 3, true, JSON.stringify(mount.counts()));
  },
);

t.test(
  'a private mount of root lets nobody else in',
  {
    skip: !root && 'needs root',
  },
  async (t) => {
    const { sh } = await mountFresh(t);
    const out = await sh(`
    echo secret > file; chmod 644 file; chmod 755 .
    setpriv --reuid=65534 --regid=65534 --clear-groups cat "$PWD/file" 2>&1 || echo refused`);
    t.match(out, /Permission denied\nrefused\n/);
  },
);

t.test(
  'what only system calls reach: O_TMPFILE, holes, xattrs, renameat2, copy_file_range, statx',
  async (t) => {
    const { python, mount } = await mountFresh(t);
    const out = await python(`
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)
os.write(fd, b'unnamed'); os.fsync(fd)
print(os.fstat(fd).st_nlink)
assert libc.linkat(-100, f'/proc/self/fd/{fd}'.encode(), -100, b'named', 0x400) == 0; os.close(fd)
print(open('named').read())
fd = os.open('big', os.O_RDWR | os.O_CREAT)
os.pwrite(fd, b'end', 5 * 2**30)
print(os.fstat(fd).st_size, os.lseek(fd, 0, os.SEEK_DATA) > 4 * 2**30, os.lseek(fd, 0, os.SEEK_HOLE))
print(os.pread(fd, 8, 5 * 2**30 - 2))
try: os.pwrite(fd, b'x', 2**62)
except OSError as e: print(errno.errorcode[e.errno])
os.posix_fallocate(fd, 0, 100); os.close(fd)
os.setxattr('named', 'user.k', b'v' * 300)
print(os.listxattr('named'), len(os.getxattr('named', 'user.k')))
os.removexattr('named', 'user.k'); print(os.listxattr('named'))
open('other', 'w').write('other')
def rename(a, b, flags):
    return 0 if libc.renameat2(-100, a, -100, b, flags) == 0 else errno.errorcode[ctypes.get_errno()]
print(rename(b'named', b'other', 1), rename(b'named', b'other', 2), open('named').read(), open('other').read())
a = os.open('other', os.O_RDONLY); b = os.open('copy', os.O_RDWR | os.O_CREAT)
print(os.copy_file_range(a, b, 100, 2), open('copy').read())
s = os.statvfs('.'); print(s.f_namemax, s.f_bsize)
os.mkfifo('fifo'); print(oct(os.stat('fifo').st_mode))
`);
    t.equal(
      out,
      [
        '0',
        'unnamed',
        `${5 * 2 ** 30 + 3} True 0`,
        "b'\\x00\\x00end'",
        'EFBIG',
        "['user.k'] 300",
        '[]',
        'EEXIST 0 other unnamed',
        '5 named',
        '255 4096',
        '0o10644',
        '',
      ].join('\n'),
    );
    t.match(mount.counts(), { TMPFILE: 1, LSEEK: 2, FSYNC: 1, LINK: 1, COPY_FILE_RANGE_64: 1 });
  },
);

t.test('names: 255 bytes and any character, but EILSEQ for bytes that are not UTF-8', async (t) => {
  const { python } = await mountFresh(t);
  const out = await python(`
import errno
for name in [b'x' * 255, ('é' * 127).encode(), '日本語 \\n\\t\\ufffd😀'.encode(), b'-', b' ', b'x' * 256, b'\\xff\\xfe']:
    try:
        with open(name, 'wb') as f: f.write(name)
        assert open(name, 'rb').read() == name
        assert name in os.listdir(b'.')
        print('ok')
    except OSError as e: print(errno.errorcode[e.errno])
`);
  t.equal(out, 'ok\nok\nok\nok\nok\nENAMETOOLONG\nEILSEQ\n');
});

t.test('what a new file is given is seen at once by who reads and maps it meanwhile', async (t) => {
  const { python } = await mountFresh(t);
  const out = await python(`
import mmap
w = os.open('f', os.O_CREAT | os.O_WRONLY); r = os.open('f', os.O_RDONLY)
os.write(w, b'a' * 5000)
m = mmap.mmap(r, 5000, prot=mmap.PROT_READ)
for letter in (b'b', b'c'):
    assert m[:] and os.pread(r, 5000, 0)
    os.pwrite(w, letter * 3000, 1000)
    print(m[999:1001], m[3999:4001], os.pread(r, 2, 999), os.fstat(r).st_size)
os.write(w, b'end'); print(os.pread(r, 10, 4999), os.fstat(w).st_size)
a = os.open('g', os.O_CREAT | os.O_WRONLY | os.O_APPEND); open('g', 'ab').write(b'other')
os.write(a, b'mine'); print(open('g', 'rb').read())
os.ftruncate(w, 3); print(open('f', 'rb').read(), os.pread(r, 10, 0))
big = os.urandom(3 * 1024 * 1024 + 77); b = os.open('big', os.O_CREAT | os.O_WRONLY)
for at in range(0, len(big), 700001): os.write(b, big[at:at + 700001])
print(open('big', 'rb').read() == big)`);
  t.equal(
    out,
    [
      "b'ab' b'ba' b'ab' 5000",
      "b'ac' b'ca' b'ac' 5000",
      "b'aend' 5003",
      "b'othermine'",
      "b'aaa' b'aaa'",
      'True',
      '',
    ].join('\n'),
  );
});

t.test(
  'a write ends the capabilities and the set-user-id bit of a file that is being made',
  { skip: root ? false : 'needs root' },
  async (t) => {
    const { python } = await mountFresh(t, { allowOther: true });
    const out = await python(`
fd = os.open('f', os.O_CREAT | os.O_WRONLY, 0o755); os.write(fd, b'1')
os.setxattr('f', 'security.capability', bytes([0, 0, 0, 2, 0, 4] + [0] * 14)); print(os.listxattr('f'))
os.write(fd, b'2'); print(os.listxattr('f'))
os.chmod('.', 0o777); os.chmod('f', 0o4777)
os.setuid(65534); os.write(fd, b'3'); print(oct(os.stat('f').st_mode), open('f').read())`);
    t.equal(out, "['security.capability']\n[]\n0o100777 123\n");
  },
);

t.test('appends of several processes lose nothing', async (t) => {
  const { sh } = await mountFresh(t);
  const out = await sh(`
    for who in 1 2 3; do
      (i=0; while [ $i -lt 300 ]; do echo "$who-$i" >> log; i=$((i+1)); done) &
    done; wait; wc -l < log; sort -u log | wc -l`);
  t.same(out.split(/\s+/).filter(Boolean), ['900', '900']);
});

t.test('fsync and O_SYNC return when the database is durable', async (t) => {
  const mounted = await mountFresh(t);
  let syncs = 0;
  const sync = mounted.vfs.sync.bind(mounted.vfs);
  mounted.vfs.sync = () => {
    syncs++;
    return sync();
  };
  await mounted.python(`
fd = os.open('f', os.O_CREAT | os.O_WRONLY); os.write(fd, b'1'); os.fsync(fd); os.fdatasync(fd); os.close(fd)
fd = os.open('.', os.O_RDONLY); os.fsync(fd); os.close(fd)`);
  t.equal(syncs, 3);
  await mounted.python("fd = os.open('f', os.O_WRONLY | os.O_DSYNC); os.write(fd, b'2'); os.close(fd)");
  t.ok(syncs >= 4, 'O_DSYNC');
});

t.test('a change from elsewhere is seen at once: content, a new name, a lost one, the listing', async (t) => {
  const mounted = await mountFresh(t);
  const { vfs, mount, sh } = mounted;
  await sh('mkdir d; echo old > d/f; cat d/f; test ! -e d/new; ls d; ls d; stat d/f >/dev/null');
  vfs.outside(() => {
    const d = vfs.lookup(vfs.inode(1), 'd')!;
    const f = vfs.lookup(d, 'f')!;
    vfs.setattr(f, { size: 0 });
    vfs.write(f, 0, Buffer.from('newer\n'));
    vfs.create(d, 'new', { mode: 0o100644, uid: 0, gid: 0 });
    vfs.create(d, 'never-looked-for', { mode: 0o100644, uid: 0, gid: 0 });
  });
  await new Promise(setImmediate);
  await mount.notificationsDrained();
  t.equal(
    await sh('cat d/f; stat -c %s d/f; ls d; test -e d/new && echo there'),
    'newer\n6\nf\nnever-looked-for\nnew\nthere\n',
  );
  vfs.outside(() => vfs.unlink(vfs.lookup(vfs.inode(1), 'd')!, 'f'));
  await new Promise(setImmediate);
  await mount.notificationsDrained();
  t.equal(await sh('ls d; test ! -e d/f && echo gone'), 'never-looked-for\nnew\ngone\n');
  mount.allNamesChanged();
  await mount.notificationsDrained();
  const again = await requestsOf(mounted, () => sh('test -e d/new'));
  t.ok((again.LOOKUP ?? 0) >= 2, 'names are looked up again');
});

t.test('git, tar and sqlite work in the mount', async (t) => {
  const { sh, logged } = await mountFresh(t);
  const out = await sh(`
    export HOME=/nonexistent GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
    git init -q repo; cd repo; mkdir -p src/deep
    i=0; while [ $i -lt 50 ]; do echo "file $i" > src/deep/$i.txt; i=$((i+1)); done
    git add .; git commit -qm one; echo changed > src/deep/7.txt; git commit -qam two; git gc -q
    git fsck --strict 2>&1; git status --short; git log --oneline | wc -l
    cd ..; git clone -q repo copy; cd copy; git status --short; cd ..
    tar cf - repo/src | (mkdir t; cd t; tar xf -); diff -r repo/src t/repo/src && echo same
    sqlite3 data.db 'pragma journal_mode=wal; create table t(a); insert into t select value from generate_series(1,1000); select count(*) from t; pragma integrity_check'`);
  t.equal(out.replace(/ +/g, ''), '2\nsame\nwal\n1000\nok\n');
  t.same(logged, []);
});

t.test('a read-only mount refuses changes with EROFS', async (t) => {
  const { python } = await mountFresh(t, { readOnly: true });
  const out = await python(`
import errno
try: open('f', 'w')
except OSError as e: print(errno.errorcode[e.errno])
print(os.listdir('.'))`);
  t.equal(out, 'EROFS\n[]\n');
});

t.test('unmount makes everything durable; while files are open it answers MOUNTPOINT_BUSY', async (t) => {
  const { mount, vfs, sh } = await mountFresh(t);
  let syncs = 0;
  const sync = vfs.sync.bind(vfs);
  vfs.sync = () => {
    syncs++;
    return sync();
  };
  const busy = sh('exec 3>held; echo ready > flag; while [ ! -e stop ]; do sleep 0.05; done');
  const end = Date.now() + 20_000;
  while (vfs.lookup(vfs.inode(1), 'flag') === undefined && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await t.rejects(mount.unmount(), { code: 'MOUNTPOINT_BUSY' });
  t.ok(syncs >= 1);
  vfs.outside(() => vfs.create(vfs.inode(1), 'stop', { mode: 0o100644, uid: 0, gid: 0 }));
  await busy;
  await mount.unmount();
  await mount.closed;
});

t.test('two mounts in one process serve their own workspaces', async (t) => {
  const first: Mounted = await mountFresh(t);
  const second: Mounted = await mountFresh(t);
  await Promise.all([first.sh('echo 1 > f'), second.sh('echo 2 > f')]);
  t.equal(await first.sh('cat f'), '1\n');
  t.equal(await second.sh('cat f'), '2\n');
});

t.test(
  'another user gets EACCES where the mode says so',
  { skip: root ? false : 'needs root' },
  async (t) => {
    const { sh } = await mountFresh(t, { allowOther: true });
    const out = await sh(`
    umask 022; mkdir shared; chmod 1777 shared; echo secret > private; chmod 600 private
    setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '
      cat private 2>/dev/null || echo denied; echo mine > shared/f; mkdir nope 2>/dev/null || echo denied; umask 077; echo x > shared/g'
    stat -c '%u %g %a' shared/f shared/g
    chmod 4777 shared/f; setpriv --reuid 65533 --regid 65533 --clear-groups sh -c 'echo more >> shared/f'; stat -c %a shared/f`);
    t.equal(out, 'denied\ndenied\n65534 65534 644\n65534 65534 600\n777\n');
  },
);

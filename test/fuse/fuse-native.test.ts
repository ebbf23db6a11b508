import { createRequire } from 'node:module';
import t from 'tap';
import { FUSE_NATIVE_GAPS } from '#src/fuse/index.js';
import { mountFresh } from './mounted.js';

/** The reason to leave the tests out: the optional package, or its libfuse 2, is not here. */
function missing(): string | false {
  try {
    createRequire(import.meta.url)('fuse-native');
    return false;
  } catch (error) {
    return `fuse-native cannot be loaded: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}

t.test('the fuse-native driver serves a shell', { skip: missing() }, async (t) => {
  const { mount, sh, python, logged } = await mountFresh(t, { driver: 'fuse-native' });
  const out = await sh(`
    echo hello > a; cat a; mkdir -p d/e; ln -s ../a d/link; readlink d/link; ln a hard; stat -c %h hard
    mv a d/moved; printf more >> d/moved; cat d/moved; echo; truncate -s 3 hard; cat hard; echo
    chmod 600 hard; stat -c '%a %s' hard; ls -A d; rm hard; rm -r d; ls -A | wc -l`);
  t.equal(out, 'hello\n../a\n2\nhello\nmore\nhel\n600 3\ne\nlink\nmoved\n0\n');
  t.equal(
    await python(`
open('f', 'wb').write(b'x' * 300000); print(len(open('f', 'rb').read()))
fd = os.open('f', os.O_RDWR); os.fsync(fd); os.close(fd)
os.setxattr('f', 'user.k', b'v'); print(os.listxattr('f'), os.getxattr('f', 'user.k'))
os.utime('f', ns=(10**18 + 5 * 10**6, 10**18 + 5 * 10**6)); print(os.stat('f').st_mtime_ns)`),
    "300000\n['user.k'] b'v'\n1000000000005000000\n",
  );
  t.same(logged, []);
  t.ok((mount.counts().getattr ?? 0) > 0);
  t.equal(mount.statistics(), undefined);
});

t.test('every gap of the fuse-native driver says what is missing and what happens instead', async (t) => {
  for (const gap of Object.values(FUSE_NATIVE_GAPS)) {
    t.not(gap.feature, '');
    t.not(gap.instead, '');
  }
});

t.test(
  'a list of attributes that does not fit its buffer is an error of the call, not the end of the owner',
  { skip: missing() },
  async (t) => {
    const { python } = await mountFresh(t, { driver: 'fuse-native' });
    const out = await python(`
open('f', 'w')
for i in range(40): os.setxattr('f', f'user.name-{i:03}', b'v')
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.listxattr(b'f', ctypes.create_string_buffer(64), 64))
print(len(os.listxattr('f')))`);
    t.equal(out, '-1\n40\n');
  },
);

/**
 * What ours is measured beside: libfuse's passthrough_ll, compiled here from the examples in Debian's libfuse3-dev,
 * and whichever of bindfs, gocryptfs and rclone are installed. Nothing of them is kept.
 *
 * Each function mounts one over a source directory and returns `{ path, pid }`, its mountpoint and its server, or throws
 * why it is not there.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { gunzipSync } from 'node:zlib';
import { command, isMounted, isRoot, onPath, serve, unmount } from './process.mjs';

const EXAMPLES = '/usr/share/doc/libfuse3-dev/examples';
const PACKAGES = ['libfuse3-dev', 'pkg-config'];
/** Each inode that the kernel knows is a descriptor in passthrough_ll. */
const DESCRIPTORS = 'ulimit -n 1000000 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$@"';

/** Compiles passthrough_ll into `folder`; as root, brings what it needs by apt. Returns its path. */
export async function compilePassthrough(folder) {
  if (exampleFile('passthrough_ll.c') === undefined || !onPath('pkg-config')) await install();
  mkdirSync(folder, { recursive: true });
  for (const name of ['passthrough_ll.c', 'passthrough_helpers.h']) {
    const source = exampleFile(name);
    if (source === undefined) throw new Error(`${EXAMPLES} has no ${name}`);
    if (source.endsWith('.gz')) writeFileSync(join(folder, name), gunzipSync(readFileSync(source)));
    else copyFileSync(source, join(folder, name));
  }
  const flags = (await command('pkg-config', ['--cflags', '--libs', 'fuse3'])).trim().split(/\s+/);
  const output = join(folder, 'passthrough_ll');
  await command('gcc', ['-O2', '-w', '-o', output, join(folder, 'passthrough_ll.c'), ...flags]);
  return output;
}

function exampleFile(name) {
  return [join(EXAMPLES, name), join(EXAMPLES, `${name}.gz`)].find((path) => existsSync(path));
}

async function install() {
  if (!isRoot || !onPath('apt-get')) {
    throw new Error(`install it with: sudo apt-get install ${PACKAGES.join(' ')}`);
  }
  process.stderr.write(`bench: installing ${PACKAGES.join(' and ')} by apt\n`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '-q', '--no-install-recommends', ...PACKAGES];
  try {
    await command('apt-get', args, { env });
  } catch {
    await command('apt-get', ['update', '-q'], { env });
    await command('apt-get', args, { env });
  }
}

export async function mountPassthrough({ binary, source, mountpoint }, cleanup) {
  const options = `source=${source},cache=always,timeout=86400`;
  return await mountBy({ args: [binary, '-f', '-o', options, mountpoint], source, mountpoint }, cleanup);
}

export async function mountBindfs({ source, mountpoint }, cleanup) {
  return await mountBy({ args: ['bindfs', '-f', source, mountpoint], source, mountpoint }, cleanup);
}

export async function mountGocryptfs({ source, mountpoint }, cleanup) {
  mkdirSync(source, { recursive: true });
  const password = `${source}.password`;
  writeFileSync(password, 'bench\n');
  await command('gocryptfs', ['-q', '-init', '-scryptn', '10', '-passfile', password, source]);
  const args = ['gocryptfs', '-q', '-fg', '-passfile', password, source, mountpoint];
  return await mountBy({ args, source, mountpoint }, cleanup);
}

export async function mountRclone({ source, mountpoint }, cleanup) {
  const args = ['rclone', 'mount', '--vfs-cache-mode', 'full', '--cache-dir', `${source}.cache`];
  return await mountBy({ args: [...args, `:local:${source}`, mountpoint], source, mountpoint }, cleanup);
}

async function mountBy({ args, source, mountpoint }, cleanup) {
  mkdirSync(source, { recursive: true });
  mkdirSync(mountpoint, { recursive: true });
  const server = await serve('sh', ['-c', DESCRIPTORS, 'sh', ...args], {
    ready: () => isMounted(mountpoint),
  });
  cleanup.push(`stop ${args[0]}`, () => server.stop());
  cleanup.push(`unmount ${mountpoint}`, () => unmount(mountpoint));
  return { path: mountpoint, pid: server.pid };
}

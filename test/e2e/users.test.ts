/**
 * Mounts and the users of a machine: a normal user's own mount by fusermount3, which nobody else can look into, and one
 * for other users, whose permissions are checked as on a disk.
 *
 * As root this becomes normal users in a mount namespace where /dev/fuse is open to all, as distributions have it, so
 * nothing outside of it changes. A normal user who runs it is that user, and has no others.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { endOf, MAIN } from '../cli/agentfs-process.js';
import { MountedAgent, sh } from './mounted-agent.js';

const SUITE = fileURLToPath(new URL('../posix/main.js', import.meta.url));
const root = process.getuid?.() === 0;
/** Nobody and daemon, which have names on every machine: the helper mounts for nobody who has none. */
const ALICE = 65_534;
const BOB = 1;
const TEAM = 54_310;
const SCRIPT_LIMIT_MS = 150_000;

/** Shell functions: agentfs, and a command as one of the users. Carol is in bob's group by a supplementary group only. */
const PREAMBLE = `
  set -e; node="$1"; main="$2"; dir="$3"; suite="$4"; export PATH=/usr/local/bin:/usr/bin:/bin; umask 022
  as() { u=$1; g=$2; shift 2; setpriv --reuid=$u --regid=$u --groups=$g --inh-caps=-all -- "$@"; }
  alice() { as ${ALICE} ${TEAM} "$@"; }; bob() { as ${BOB} ${BOB} "$@"; }; carol() { as 54313 ${TEAM} "$@"; }
  no() { if "$@" >/dev/null 2>"$said"; then echo "done: $*"; else grep -oE 'Permission denied|Operation not permitted' "$said" | head -1; fi; }
  agentfs="timeout 60 $node $main"; said="$AGENTFS_HOME/../said"; cd /`;

/** The words before a command that run it in a namespace with a device for all; `fuseConf` is what /etc/fuse.conf says there. */
function namespace(scratch: string, fuseConf: string): readonly string[] {
  const prepare = `
    mknod -m 666 ${scratch}/fuse c 10 229; mount --bind ${scratch}/fuse /dev/fuse
    printf '%s\\n' '${fuseConf}' > ${scratch}/fuse.conf
    [ -e /etc/fuse.conf ] && mount --bind ${scratch}/fuse.conf /etc/fuse.conf; exec "$@"`;
  return ['unshare', '-m', 'sh', '-ec', prepare, 'sh'];
}

function noHelper(): string | false {
  try {
    accessSync('/usr/bin/fusermount3', constants.X_OK);
  } catch {
    return 'fusermount3 is not installed (apt-get install fuse3)';
  }
  if (root) return false;
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    return false;
  } catch {
    return '/dev/fuse may not be opened by this user';
  }
}

/** Why there are no other users here, or false. */
function noUsers(): string | false {
  if (!root) return 'needs root, to become other users';
  if (!existsSync('/usr/bin/setpriv')) return 'setpriv is not installed';
  const { status } = spawnSync('setpriv', [
    `--reuid=${ALICE}`,
    `--regid=${ALICE}`,
    '--clear-groups',
    '--',
    ...['sh', '-c', 'test -r "$1" -a -x "$2"', 'sh', MAIN, process.execPath],
  ]);
  return status === 0 ? false : 'a normal user cannot read this checkout or run this node';
}

const noPython = (): string | false =>
  spawnSync('/usr/bin/python3', ['--version']).status === 0
    ? false
    : 'python3 is missing: it makes the calls';

/** Runs a script with the functions above, and gives its lines. */
async function script(t: Test, body: string, fuseConf = ''): Promise<string[]> {
  const mounted = await MountedAgent.create(t);
  const { agent, dir } = mounted;
  await sh(
    agent.scratch,
    `chmod 755 ..; ${root ? `chown -R ${ALICE}:${ALICE} ${agent.home} ${agent.scratch}` : ':'}`,
  );
  const within = root ? namespace(join(agent.scratch, '..'), fuseConf) : [];
  const words = [...within, 'sh', '-c', `${PREAMBLE}\n${body}`, 'sh'];
  // The words after it are node, the command, and what follows.
  const { code, stdout, stderr } = await endOf(agent.spawn([dir, SUITE], { within: words }), SCRIPT_LIMIT_MS);
  t.equal(code, 0, `${stdout}\n${stderr}`);
  return stdout.trimEnd().split('\n');
}

t.test(
  'a normal user\u2019s mount is his alone: the modes hold for him, and nobody else gets in, root neither',
  { skip: noHelper() || noUsers() },
  async (t) => {
    const lines = await script(
      t,
      `
      alice $agentfs workspace create mine >/dev/null; alice $agentfs mount mine "$dir" >/dev/null
      alice sh -c 'cd "$1"; echo mine > f; chmod 644 f; chmod 777 .; mkdir locked; chmod 000 locked f' sh "$dir"
      no alice cat "$dir/f"; no alice ls "$dir/locked"
      no bob ls "$dir"; no bob cat "$dir/f"; no bob sh -c "echo x > $dir/x"; no cat "$dir/f"; no stat "$dir/f"
      grep -c " $dir .*default_permissions" /proc/self/mountinfo; grep -c " $dir .*allow_other" /proc/self/mountinfo || :
      grep " $dir " /proc/self/mountinfo | grep -o 'nosuid,nodev'
      alice sh -c 'cd "$1"; stat -c "%u %g" f; chgrp ${TEAM} f; stat -c %g f' sh "$dir"; no alice chown ${BOB} "$dir/f"
      no bob fusermount3 -u "$dir"; no bob $agentfs umount "$dir"
      alice $agentfs umount "$dir" >/dev/null; grep -c " $dir " /proc/self/mountinfo || :`,
    );
    const denied = 'Permission denied';
    t.same(lines.slice(0, 7), Array(7).fill(denied));
    t.same(lines.slice(7, 10), ['1', '0', 'nosuid,nodev']);
    t.same(lines.slice(10, 13), [`${ALICE} ${ALICE}`, `${TEAM}`, 'Operation not permitted']);
    t.equal(lines.at(-1), '0', lines.join('\n'));
    t.notOk(
      lines.some((line) => line.startsWith('done:')),
      lines.join('\n'),
    );
  },
);

t.test(
  'the POSIX suite passes for a normal user on his own mount',
  { skip: noHelper() || (root && noUsers()) || noPython(), timeout: SCRIPT_LIMIT_MS },
  async (t) => {
    const who = root ? 'alice' : '';
    const lines = await script(
      t,
      `
      ${who} $agentfs workspace create mine >/dev/null; ${who} $agentfs mount mine "$dir" >/dev/null
       ${who} timeout 100 $node "$suite" --directory "$dir" || :
      ${who} $agentfs umount "$dir" >/dev/null`,
    );
    t.match(lines.at(-1), /^\d\d+ ok, 0 failed, 1 gaps, \d+ skipped$/);
    t.same(
      lines.filter((line) => line.startsWith('FAIL')),
      [],
      lines.join('\n'),
    );
  },
);

t.test(
  '--allow-other of a normal user is refused until /etc/fuse.conf allows it, and then has the modes decide',
  { skip: noHelper() || noUsers() || (!existsSync('/etc/fuse.conf') && '/etc/fuse.conf is missing') },
  async (t) => {
    const refused = await script(
      t,
      'alice $agentfs mount w "$dir" --allow-other 2>&1 || echo "code $?"; grep -c " $dir " /proc/self/mountinfo || :',
    );
    t.match(refused.join('\n'), /fuse\.conf[\s\S]*code 1\n0$/);
    const nameless = await script(
      t,
      'chown -R 54311 "$dir" "$AGENTFS_HOME"; as 54311 54311 $agentfs mount w "$dir" 2>&1 || echo "code $?"',
    );
    t.match(nameless.join('\n'), /username[\s\S]*\/etc\/passwd[\s\S]*code 1$/, 'a user without a name');
    const lines = await script(
      t,
      `
      alice $agentfs workspace create mine >/dev/null; alice $agentfs mount mine "$dir" --allow-other >/dev/null
      alice sh -c 'cd "$1"; chmod 755 .; echo public > p; echo secret > s; chmod 600 s' sh "$dir"
      bob cat "$dir/p"; no bob cat "$dir/s"; no bob touch "$dir/new"; cat "$dir/s"
      alice $agentfs umount "$dir" >/dev/null; grep -c " $dir " /proc/self/mountinfo || :`,
      'user_allow_other',
    );
    t.same(lines, ['public', 'Permission denied', 'Permission denied', 'secret', '0']);
  },
);

t.test(
  'two users on root\u2019s mount with --allow-other are told by the modes what they may do, as on a disk',
  { skip: noUsers() },
  async (t) => {
    const work = `
      mkdir -p "$at"; cd "$at"; mkdir both team sticky; chmod 777 both; chgrp ${TEAM} team; chmod 2770 team; chmod 1777 sticky
      alice sh -c 'echo a > both/a; chmod 600 both/a; echo t > team/t; chmod 660 team/t; echo s > sticky/s; chmod 666 sticky/s'
      no bob cat both/a; bob rm -f both/a; ls both | wc -l
      no bob ls team; carol cat team/t; carol sh -c 'echo more >> team/t'; alice cat team/t | wc -l; stat -c '%g %a' team/t
      no bob rm -f sticky/s; no bob mv sticky/s sticky/z; bob sh -c 'echo b >> sticky/s'; wc -l < sticky/s
      no bob chmod 777 sticky/s; no bob chown ${BOB} sticky/s; no alice chown ${BOB} sticky/s
      bob sh -c 'umask 077; echo x > both/mine; mkdir both/dir; echo y > both/dir/y'; stat -c '%u %g %a' both/mine both/dir
      no alice cat both/mine; no alice ls both/dir; no alice cat both/dir/y; cat both/mine both/dir/y
      chmod 4755 both/mine; chmod 777 both/mine; chmod 4777 both/mine; alice sh -c 'echo z >> both/mine'; stat -c %a both/mine
      cd /`;
    const lines = await script(
      t,
      `
      $agentfs mount w "$dir" --allow-other >/dev/null; cd "$dir"; at="$dir/x"; chmod 755 .
      ${work}
      echo --; at="$AGENTFS_HOME/../plain"; ${work}
      $agentfs umount "$dir" >/dev/null`,
    );
    const half = lines.indexOf('--');
    t.ok(half > 15, lines.join('\n'));
    t.same(lines.slice(0, half), lines.slice(half + 1), 'the same as in a plain directory');
    t.notOk(
      lines.some((line) => line.startsWith('done:')),
      lines.join('\n'),
    );
  },
);

/**
 * What this machine must have, judged from facts about it. Pure.
 *
 * A check is `ok`, or `missing` with the command that repairs it; where nothing else works without it, it is required.
 */
export interface MachineFacts {
  readonly platform: string;
  readonly arch: string;
  /** As process.versions.node has it. */
  readonly nodeVersion: string;
  readonly root: boolean;
  /** Of /dev/fuse: can be opened, is there but may not be, is not there. */
  readonly fuseDevice: 'usable' | 'forbidden' | 'absent';
  readonly fusermount3: boolean;
  readonly libfuse2: boolean;
  /** Of the fuse-native package. */
  readonly fuseNativePackage: boolean;
  /** Why the native addon does not load; undefined when it does. */
  readonly addonProblem: string | undefined;
  /** Why better-sqlite3 does not load; undefined when it does. */
  readonly sqliteProblem: string | undefined;
  readonly home: string;
  /** Why the home cannot be written; undefined when it can, or can be made. */
  readonly homeProblem: string | undefined;
  /** Other users' mounts need it in /etc/fuse.conf. */
  readonly userAllowOther: boolean;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly required: boolean;
  readonly detail: string;
  /** A command, or a sentence, that repairs it. */
  readonly remedy?: string;
}

const OLDEST_NODE = 20;

export function checkMachine(facts: MachineFacts): Check[] {
  const sudo = facts.root ? '' : 'sudo ';
  const checks: Check[] = [
    {
      name: 'node',
      ok: Number(facts.nodeVersion.split('.')[0]) >= OLDEST_NODE,
      required: true,
      detail: `${facts.nodeVersion}, ${OLDEST_NODE} or newer is needed`,
      remedy: 'install Node 22 from https://nodejs.org',
    },
    {
      name: 'sqlite',
      ok: facts.sqliteProblem === undefined,
      required: true,
      detail: facts.sqliteProblem ?? 'better-sqlite3 loads',
      remedy: 'npm rebuild better-sqlite3',
    },
    {
      name: 'home',
      ok: facts.homeProblem === undefined,
      required: true,
      detail: facts.homeProblem ?? facts.home,
      remedy: 'choose a directory of yours with AGENTFS_HOME or --home',
    },
  ];
  if (facts.platform === 'linux') checks.push(...checkLinuxMount(facts, sudo));
  checks.push({
    name: 'driver fuse-native',
    ok: facts.fuseNativePackage && (facts.libfuse2 || facts.platform !== 'linux'),
    required: facts.platform !== 'linux',
    detail: fuseNativeDetail(facts),
    remedy: facts.fuseNativePackage ? `${sudo}apt-get install libfuse2` : 'npm install fuse-native',
  });
  return checks.map((check) => (check.ok ? withoutRemedy(check) : check));
}

/** True where a workspace can be used and mounted. */
export function isHealthy(checks: readonly Check[]): boolean {
  return checks.every((check) => check.ok || !check.required);
}

function checkLinuxMount(facts: MachineFacts, sudo: string): Check[] {
  return [
    {
      name: '/dev/fuse',
      ok: facts.fuseDevice === 'usable',
      required: true,
      detail: {
        usable: 'can be opened',
        forbidden: 'is there, but this user may not open it',
        absent: 'is not there: the kernel module fuse is not loaded, or this container was not given it',
      }[facts.fuseDevice],
      remedy:
        facts.fuseDevice === 'forbidden'
          ? `${sudo}chmod 666 /dev/fuse`
          : `${sudo}modprobe fuse; in a container: docker run --device /dev/fuse --cap-add SYS_ADMIN`,
    },
    {
      name: 'native driver',
      ok: facts.addonProblem === undefined,
      required: true,
      detail: facts.addonProblem ?? 'the native addon loads',
      remedy: 'npm run setup (it needs a C compiler: apt-get install gcc libc6-dev)',
    },
    {
      name: 'fusermount3',
      ok: facts.fusermount3,
      // Root mounts by mount(2).
      required: !facts.root,
      detail: facts.fusermount3 ? 'is there' : 'is not there; every user but root mounts through it',
      remedy: `${sudo}apt-get install fuse3`,
    },
    {
      name: '--allow-other',
      ok: facts.userAllowOther || facts.root,
      required: false,
      detail:
        facts.userAllowOther || facts.root ? 'allowed' : 'only root may use it: user_allow_other is not set',
      remedy: 'echo user_allow_other | sudo tee -a /etc/fuse.conf',
    },
  ];
}

function fuseNativeDetail(facts: MachineFacts): string {
  if (!facts.fuseNativePackage) return 'the optional package fuse-native is not installed';
  if (!facts.libfuse2 && facts.platform === 'linux') return 'it needs libfuse.so.2';
  return 'can be used with --driver fuse-native';
}

function withoutRemedy(check: Check): Check {
  const { remedy: _unneeded, ...rest } = check;
  return rest;
}

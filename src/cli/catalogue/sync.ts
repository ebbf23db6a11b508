/**
 * `agentfs sync …`.
 */
import type { CommandSpec, OptionSpec } from '../command.js';

const REMOTE: OptionSpec = { flags: '--remote <name>', description: 'which remote (default: origin)' };

const CONFIG_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--mode <mode>',
    description: 'when to sync: at once, every --interval, or when asked',
    choices: ['real-time', 'periodic', 'manual'],
  },
  {
    flags: '--interval <seconds>',
    description: 'of the mode periodic, 5 to 86400',
    type: 'integer',
    range: [5, 86_400],
  },
  {
    flags: '--conflict-resolution <policy>',
    description: 'what happens where both sides changed the same',
    choices: ['last-write-wins', 'local-wins', 'remote-wins', 'manual'],
  },
  {
    flags: '--batch-size <files>',
    description: 'at most so many files a commit',
    type: 'integer',
    range: [1, 100_000],
  },
  { flags: '--keep <duration>', description: 'how long old versions are kept: 30d, 12h, 2w; or everything' },
  {
    flags: '--include <glob...>',
    description: 'sync only what matches, as in a .gitignore; give the workspace before it',
  },
  { flags: '--no-include', description: 'include everything again' },
  { flags: '--exclude <glob...>', description: 'do not sync what matches, whatever is included' },
  { flags: '--no-exclude', description: 'exclude nothing any more' },
  { flags: '--compression <on>', description: 'compress what is sent', type: 'boolean' },
  { flags: '--timeout <seconds>', description: 'of a request, 1 to 3600', type: 'integer', range: [1, 3600] },
];

const TOKEN_OPTIONS: readonly OptionSpec[] = [
  { flags: '--token <token>', description: 'its token; better in AGENTFS_TOKEN or --token-file' },
  { flags: '--token-file <file>', description: 'read the token from a file; - is standard input' },
];

const CREDENTIAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--turso-db <url>', description: 'libsql:, https:, http:, wss:, ws: or file:' },
  ...TOKEN_OPTIONS,
];

/** What `start` takes of a remote. */
export const REMOTE_OPTIONS: readonly OptionSpec[] = [...CREDENTIAL_OPTIONS, ...CONFIG_OPTIONS];

const RUN_OPTIONS: readonly OptionSpec[] = [
  REMOTE,
  { flags: '--force', description: 'although a brake would stop it' },
  { flags: '--dry-run', description: 'say what would be done, and do nothing' },
  { flags: '--timeout <seconds>', description: 'of a request, 1 to 3600', type: 'integer', range: [1, 3600] },
];

export const SYNC_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['sync', 'enable'],
    operands: '<workspace>',
    summary: 'sync a workspace with a database',
    description:
      'The token is --token, else --token-file, else AGENTFS_TOKEN, else TURSO_AUTH_TOKEN.\n' +
      'In the modes real-time (the default) and periodic a background process goes on syncing.',
    options: [...CREDENTIAL_OPTIONS, REMOTE, ...CONFIG_OPTIONS],
    examples: [
      'agentfs sync enable my-workspace --turso-db libsql://mydb-org.turso.io --token-file ~/.turso-token',
      'agentfs sync enable my-workspace --turso-db file:/var/lib/agentfs/shared.db --mode manual',
    ],
    load: () => import('../commands/sync-enable.js'),
  },
  {
    path: ['sync', 'disable'],
    operands: '<workspace>',
    summary: 'forget a remote here; what is on either side stays',
    options: [REMOTE],
    examples: ['agentfs sync disable my-workspace'],
    load: () => import('../commands/sync-disable.js'),
  },
  {
    path: ['sync', 'push'],
    operands: '<workspace>',
    summary: 'send what changed here',
    description:
      'Ends with 3 and a table where conflicts are pending, with 4 where the remote cannot be reached.',
    options: RUN_OPTIONS,
    examples: ['agentfs sync push my-workspace', 'agentfs sync push my-workspace --dry-run'],
    load: () => import('../commands/sync-push.js'),
  },
  {
    path: ['sync', 'pull'],
    operands: '<workspace>',
    summary: 'fetch and apply what changed there, or go back to what was',
    description:
      'With --at or --version the workspace becomes what it was then: RFC 3339 with a zone, a date (its beginning in\n' +
      'UTC), "2h ago"; a checkpoint or a revision. That is a change made here, which can be pushed or undone. Changes\n' +
      'that were never pushed stop it; with --force they are pushed first, as a commit of their own.',
    options: [
      ...RUN_OPTIONS,
      { flags: '--at <time>', description: 'the workspace as it was then' },
      { flags: '--version <checkpoint>', description: 'the workspace as it was at a checkpoint or revision' },
    ],
    examples: [
      'agentfs sync pull my-workspace',
      'agentfs sync pull my-workspace --at 2024-01-15T10:30:00Z',
      'agentfs sync pull my-workspace --version checkpoint-v1',
    ],
    load: () => import('../commands/sync-pull.js'),
  },
  {
    path: ['sync', 'config'],
    operands: '<workspace>',
    summary: 'change how a workspace syncs; without options: print it all',
    description:
      'Patterns are those of a .gitignore: *.py, __pycache__/, /docs/**, !keep.log. Exclude beats include; in a list the last pattern that matches counts, and ! takes back. A list that is given replaces the one before.\n\n' +
      'What is excluded is not touched on either side. A file that was synced and becomes excluded stays on both sides, and each goes its own way. Moved to where it is excluded, a file is removed on the other side; moved out, it is added.',
    options: [
      REMOTE,
      ...CONFIG_OPTIONS,
      ...TOKEN_OPTIONS,
      {
        flags: '--explain <path>',
        description: 'say which pattern decides about a path; a directory ends in /',
      },
    ],
    examples: [
      'agentfs sync config my-workspace --token-file ~/.turso-token',
      'agentfs sync config my-workspace --mode periodic --interval 300',
      'agentfs sync config my-workspace --conflict-resolution manual',
      "agentfs sync config my-workspace --include '*.py' '*.md' --exclude '*.pyc' __pycache__/ .git/",
      'agentfs sync config my-workspace --explain src/main.pyc',
      'agentfs sync config my-workspace',
    ],
    load: () => import('../commands/sync-config.js'),
  },
  {
    path: ['sync', 'status'],
    operands: '<workspace>',
    summary: 'show mode, last sync, pending changes and state',
    options: [
      REMOTE,
      { flags: '-w, --watch', description: 'go on showing it as it changes; Ctrl-C ends it' },
    ],
    examples: ['agentfs sync status my-workspace', 'agentfs sync status my-workspace --watch'],
    load: () => import('../commands/sync-status.js'),
  },
  {
    path: ['sync', 'verify'],
    operands: '<workspace>',
    summary: 'compare every hash on both sides; ends with 1 where something is wrong',
    description:
      'Checks the address, the token, the schema and the clocks, then everything that is here and on the remote.\n' +
      'Reports what is missing, different, corrupt or orphaned, and changes nothing.',
    options: [REMOTE],
    examples: ['agentfs sync verify my-workspace', 'agentfs sync verify my-workspace --json'],
    load: () => import('../commands/sync-verify.js'),
  },
  {
    path: ['sync', 'metrics'],
    operands: '<workspace>',
    summary: 'show what syncing has cost since it was enabled',
    options: [REMOTE],
    examples: ['agentfs sync metrics my-workspace', 'agentfs sync metrics my-workspace --json'],
    load: () => import('../commands/sync-metrics.js'),
  },
  {
    path: ['audit'],
    operands: '<workspace>',
    summary: 'show who did what to a workspace, the latest first',
    description:
      'Commits of all agents, and what they did besides: enabling, settings, resets, resolves, restores. Nothing of it\n' +
      'is ever changed or deleted. Without a remote it tells what was done here.',
    options: [
      REMOTE,
      {
        flags: '--limit <entries>',
        description: 'at most so many (default: 100)',
        type: 'integer',
        range: [1, 100_000],
      },
    ],
    examples: ['agentfs audit my-workspace', 'agentfs audit my-workspace --limit 20 --json'],
    load: () => import('../commands/audit.js'),
  },
  {
    path: ['agents'],
    operands: '<workspace>',
    summary: 'show who syncs a workspace: id, host, last seen, revision',
    options: [REMOTE],
    examples: ['agentfs agents my-workspace'],
    load: () => import('../commands/agents.js'),
  },
  {
    path: ['sync', 'reset'],
    operands: '<workspace>',
    summary: 'forget what was agreed with a remote, and keep every file on both sides',
    description:
      'The next sync joins both sides without a common past: what is equal is no conflict, what is on one side only\n' +
      'comes to the other, and where both differ the conflict policy decides.\n\n' +
      'A workspace whose directory was copied, or restored from a backup, must not sync under the id of the original:\n' +
      'with --new-id it goes on as an agent of its own.',
    options: [
      REMOTE,
      { flags: '--new-id', description: 'go on under another agent id, with all remotes of the workspace' },
    ],
    examples: ['agentfs sync reset my-workspace', 'agentfs sync reset my-workspace --new-id'],
    load: () => import('../commands/sync-reset.js'),
  },
  {
    path: ['sync', 'conflicts'],
    operands: '<workspace>',
    summary: 'list the pending conflicts; ends with 3 where there are any',
    options: [REMOTE],
    examples: ['agentfs sync conflicts my-workspace'],
    load: () => import('../commands/sync-conflicts.js'),
  },
  {
    path: ['sync', 'resolve'],
    operands: '<workspace> [path...]',
    summary: 'decide pending conflicts: those at or below the paths, or all',
    description:
      'local pushes the version here over the one on the remote; remote takes the one of the remote; both keeps the\n' +
      "one here and the remote's beside it, as name.conflict-<agent>-<time>.ext; merge joins two texts whose edits do\n" +
      'not overlap. What has changed since it was listed is refused, and ends with 3.',
    options: [
      {
        flags: '--strategy <strategy>',
        description: 'which version is taken',
        choices: ['local', 'remote', 'both', 'merge'],
      },
      { flags: '--interactive', description: 'show each conflict and ask; Ctrl-C leaves the rest as it was' },
      REMOTE,
      { flags: '--force', description: 'although a brake would stop it' },
      {
        flags: '--timeout <seconds>',
        description: 'of a request, 1 to 3600',
        type: 'integer',
        range: [1, 3600],
      },
    ],
    examples: [
      'agentfs sync resolve my-workspace --strategy local',
      'agentfs sync resolve my-workspace /notes/plan.md /src --strategy merge',
      'agentfs sync resolve my-workspace --interactive',
    ],
    load: () => import('../commands/sync-resolve.js'),
  },
];

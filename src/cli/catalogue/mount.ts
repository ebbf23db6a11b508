/**
 * Commands about mounts, owners and this machine.
 */
import type { CommandSpec, OptionSpec } from '../command.js';
import { REMOTE_OPTIONS } from './sync.js';

const MOUNT_OPTIONS: readonly OptionSpec[] = [
  { flags: '--read-only', description: 'nothing can be changed through the mount' },
  { flags: '--allow-other', description: 'other users may use it, too' },
  { flags: '--driver <driver>', description: 'how to speak FUSE', choices: ['native', 'fuse-native'] },
];

export const MOUNT_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['start'],
    operands: '[workspace] [dir]',
    summary: 'create, sync and mount a workspace, and show its status until Ctrl-C',
    description:
      'Without arguments: my-workspace, at ~/agentfs/my-workspace, synced to a database file beside the home.\n' +
      'Ctrl-C and SIGTERM sync what is pending, unmount and end with 130 and 143.',
    options: [...REMOTE_OPTIONS, ...MOUNT_OPTIONS],
    examples: [
      'agentfs start',
      'agentfs start shared ~/shared --turso-db libsql://mydb-org.turso.io --token-file ~/.turso-token',
    ],
    load: () => import('../commands/start.js'),
  },
  {
    path: ['mount'],
    operands: '[workspace] [dir]',
    summary: 'mount a workspace as a directory; without arguments: list the mounts',
    description:
      'Returns when the mount answers; a background process goes on serving it until umount.\n' +
      'The directory must exist and be empty.',
    options: [
      { flags: '--create', description: 'create the workspace where it does not exist' },
      { flags: '-f, --foreground', description: 'serve it from here until Ctrl-C' },
      ...MOUNT_OPTIONS,
      {
        flags: '--cache-size <mib>',
        description: 'memory for cached files and names, in MiB',
        type: 'integer',
        range: [1, 1_048_576],
      },
      { flags: '--no-sync', description: 'do not sync by itself, whatever the mode' },
    ],
    examples: [
      'agentfs mount my-workspace ~/work',
      'agentfs mount scratch ~/scratch --create',
      'agentfs mount',
    ],
    load: () => import('../commands/mount.js'),
  },
  {
    path: ['umount'],
    operands: '<dir-or-workspace>',
    summary: 'unmount; returns when everything is durable',
    description: 'Also clears a mount whose process has died.',
    options: [{ flags: '--force', description: 'although files in it are in use' }],
    examples: ['agentfs umount ~/work', 'agentfs umount my-workspace'],
    load: () => import('../commands/umount.js'),
  },
  {
    path: ['run'],
    operands: '<workspace> <command...>',
    summary: 'mount, run a command in it, unmount; ends with its exit code',
    options: [
      { flags: '--create', description: 'create the workspace where it does not exist' },
      ...MOUNT_OPTIONS,
    ],
    examples: [
      'agentfs run my-workspace -- git status',
      "agentfs run scratch --create -- sh -c 'make && make test'",
    ],
    load: () => import('../commands/run.js'),
  },
  {
    path: ['status'],
    summary: 'show every workspace: mounts, owner, sync',
    examples: ['agentfs status'],
    load: () => import('../commands/status.js'),
  },
  {
    path: ['stop'],
    operands: '<workspace>',
    summary: "end a workspace's background process, and its mounts with it",
    options: [{ flags: '--force', description: 'although files in its mounts are in use' }],
    examples: ['agentfs stop my-workspace'],
    load: () => import('../commands/stop.js'),
  },
  {
    path: ['rpc'],
    summary: 'answer JSON-RPC on standard input and output, for programs in other languages',
    description:
      'The Python and Rust SDKs start it where nobody owns the workspace yet. Each message is a frame: two lengths of\n' +
      '4 bytes, big-endian, then the JSON, then raw bytes. It ends with its input, when everything is durable.',
    examples: ['agentfs rpc < requests > answers'],
    load: () => import('../commands/rpc.js'),
  },
  {
    path: ['mcp'],
    operands: '<workspace>',
    summary: 'serve a workspace to an MCP client: its files, search, history, checkpoints and sync as tools',
    description:
      'The client starts it and speaks with it on standard input and output; it ends with its input. What to configure:\n' +
      '{ "mcpServers": { "agentfs": { "command": "agentfs", "args": ["mcp", "my-workspace"] } } }\n' +
      'No path leads out of the workspace. What may destroy is marked so, and nothing that was pushed is lost.',
    options: [
      { flags: '--create', description: 'create the workspace if it is not there' },
      { flags: '--read-only', description: 'only the tools that change nothing' },
    ],
    examples: ['agentfs mcp my-workspace', 'agentfs mcp my-workspace --read-only'],
    load: () => import('../commands/mcp.js'),
  },
  {
    path: ['doctor'],
    operands: '[workspace]',
    summary: 'say what this machine lacks and how to install it; with a workspace: check its database',
    description:
      "The check reads the whole database: SQLite's own test, then names without files, files without names,\n" +
      'link counts, circles of directories, content outside of files, and the change log against the files.',
    options: [{ flags: '--check', description: 'check the database; without a workspace: of each there is' }],
    examples: ['agentfs doctor', 'agentfs doctor my-workspace', 'agentfs doctor --check'],
    load: () => import('../commands/doctor.js'),
  },
];

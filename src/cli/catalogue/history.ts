/**
 * The past of a workspace: `agentfs checkpoint …`, `history`, `diff`, `restore`.
 */
import type { CommandSpec, OptionSpec } from '../command.js';

const REMOTE: OptionSpec = { flags: '--remote <name>', description: 'which remote (default: origin)' };

const PLACES =
  'A place in the past is a revision (see `agentfs history`), the name of a checkpoint, or a time: RFC 3339 with a\n' +
  'zone, a date (its beginning in UTC), or so long ago ("2h ago").';

export const HISTORY_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['checkpoint', 'create'],
    operands: '<workspace> <name>',
    summary: 'give the state of a workspace a name',
    description:
      'Pushes and pulls what is pending first, in every mode, so that the name means what is here.\n' +
      'A name has 1 to 63 letters, digits, dots, underscores and dashes, and begins with a letter.',
    options: [REMOTE],
    examples: ['agentfs checkpoint create my-workspace before-refactoring'],
    load: () => import('../commands/checkpoint-create.js'),
  },
  {
    path: ['checkpoint', 'list'],
    operands: '<workspace>',
    summary: 'list the checkpoints, the newest first',
    options: [REMOTE],
    examples: ['agentfs checkpoint list my-workspace'],
    load: () => import('../commands/checkpoint-list.js'),
  },
  {
    path: ['checkpoint', 'delete'],
    operands: '<workspace> <name>',
    summary: 'forget a name; no file changes',
    options: [REMOTE],
    examples: ['agentfs checkpoint delete my-workspace before-refactoring'],
    load: () => import('../commands/checkpoint-delete.js'),
  },
  {
    path: ['history'],
    operands: '<workspace> [path]',
    summary: 'show the versions of a file, or the commits of the workspace',
    description:
      'The versions of a file go across renames. One that lost a conflict, or was replaced before it was pushed, is\n' +
      'shown as lost, with the name by which `agentfs restore` brings it back.',
    options: [
      REMOTE,
      {
        flags: '--limit <count>',
        description: 'at most so many (default: 50)',
        type: 'integer',
        range: [1, 1000],
      },
      {
        flags: '--before <revision>',
        description: 'commits before this one',
        type: 'integer',
        range: [1, 2 ** 50],
      },
    ],
    examples: ['agentfs history my-workspace', 'agentfs history my-workspace /src/main.py'],
    load: () => import('../commands/history.js'),
  },
  {
    path: ['diff'],
    operands: '<workspace> [path]',
    summary: 'show what differs between two places in the past, or from one to now',
    description:
      `${PLACES}\nWithout --from: what was last synced. Without --to: what is here now.\n` +
      'Text is shown line by line, the rest by size and hash.',
    options: [
      REMOTE,
      { flags: '--from <place>', description: 'the older side' },
      { flags: '--to <place>', description: 'the newer side' },
    ],
    examples: [
      'agentfs diff my-workspace',
      'agentfs diff my-workspace /src --from before-refactoring',
      'agentfs diff my-workspace --from 12 --to 15',
    ],
    load: () => import('../commands/diff.js'),
  },
  {
    path: ['restore'],
    operands: '<workspace> <path>',
    summary: 'bring a file or folder back as it was, as a change made here',
    description: `${PLACES}\nA folder has afterwards what it had then. What is replaced stays in history, also what was never pushed.`,
    options: [
      REMOTE,
      { flags: '--at <time>', description: 'as it was then' },
      {
        flags: '--version <version>',
        description: 'a checkpoint, a revision, or lost-… of `agentfs history`',
      },
      { flags: '--dry-run', description: 'say how much would change, and change nothing' },
    ],
    examples: [
      'agentfs restore my-workspace /src/main.py --at "2h ago"',
      'agentfs restore my-workspace /src --version before-refactoring',
      'agentfs restore my-workspace /notes.md --version lost-3f9a1c2b77e0',
    ],
    load: () => import('../commands/restore.js'),
  },
];

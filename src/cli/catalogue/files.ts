/**
 * `agentfs fs …`: files of a workspace, mounted or not.
 */
import type { CommandSpec } from '../command.js';

export const FILE_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['fs', 'ls'],
    operands: '<workspace> [path]',
    summary: 'list a directory',
    options: [{ flags: '-l, --long', description: 'with kind, permissions, size and time' }],
    examples: ['agentfs fs ls my-workspace', 'agentfs fs ls my-workspace /src -l'],
    load: () => import('../commands/fs-ls.js'),
  },
  {
    path: ['fs', 'cat'],
    operands: '<workspace> <path>',
    summary: "print a file's bytes",
    description: 'With --json: {path, size, encoding, data}, data as text where it is UTF-8, else as base64.',
    examples: ['agentfs fs cat my-workspace /README.md', 'agentfs fs cat my-workspace /logo.png > logo.png'],
    load: () => import('../commands/fs-cat.js'),
  },
  {
    path: ['fs', 'write'],
    operands: '<workspace> <path> [text]',
    summary: 'write a file from the text given, a local file, or standard input',
    options: [
      { flags: '--from <file>', description: 'a local file; - is standard input' },
      { flags: '-a, --append', description: 'add at the end' },
      { flags: '-p, --parents', description: 'make missing directories' },
    ],
    examples: [
      "agentfs fs write my-workspace /note.txt 'hello'",
      'date | agentfs fs write my-workspace /log.txt --append',
    ],
    load: () => import('../commands/fs-write.js'),
  },
  {
    path: ['fs', 'mkdir'],
    operands: '<workspace> <path>',
    summary: 'make a directory',
    options: [{ flags: '-p, --parents', description: 'make missing parents, too; fine where it exists' }],
    examples: ['agentfs fs mkdir my-workspace /src/deep -p'],
    load: () => import('../commands/fs-mkdir.js'),
  },
  {
    path: ['fs', 'rm'],
    operands: '<workspace> <path>',
    summary: 'remove a file, or with -r a directory and all in it',
    options: [
      { flags: '-r, --recursive', description: 'directories, too' },
      { flags: '-f, --force', description: 'fine where it does not exist' },
    ],
    examples: ['agentfs fs rm my-workspace /old.txt', 'agentfs fs rm my-workspace /build -r'],
    load: () => import('../commands/fs-rm.js'),
  },
  {
    path: ['fs', 'mv'],
    operands: '<workspace> <from> <to>',
    summary: 'rename or move; into <to> where that is a directory',
    examples: ['agentfs fs mv my-workspace /draft.md /final.md'],
    load: () => import('../commands/fs-mv.js'),
  },
  {
    path: ['fs', 'stat'],
    operands: '<workspace> <path>',
    summary: "show a file's attributes",
    examples: ['agentfs fs stat my-workspace /src'],
    load: () => import('../commands/fs-stat.js'),
  },
  {
    path: ['fs', 'tree'],
    operands: '<workspace> [path]',
    summary: 'show a directory and all below it',
    options: [{ flags: '--depth <levels>', description: 'how far down', type: 'integer', range: [1, 1000] }],
    examples: ['agentfs fs tree my-workspace', 'agentfs fs tree my-workspace /src --depth 2'],
    load: () => import('../commands/fs-tree.js'),
  },
];

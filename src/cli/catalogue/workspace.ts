/**
 * `agentfs workspace …`: the workspaces of this agent.
 */
import type { CommandSpec } from '../command.js';

export const WORKSPACE_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['workspace', 'create'],
    operands: '<name>',
    summary: 'create a workspace',
    description:
      'A name is 1 to 63 of a-z, 0-9, dot, underscore and dash. One that exists already is an error.',
    options: [{ flags: '--db <file>', description: 'the database file, new or an AgentFS database' }],
    examples: ['agentfs workspace create my-workspace', 'agentfs workspace create shared --db ~/shared.db'],
    load: () => import('../commands/workspace-create.js'),
  },
  {
    path: ['workspace', 'list'],
    summary: 'list the workspaces',
    examples: ['agentfs workspace list', 'agentfs workspace list --json'],
    load: () => import('../commands/workspace-list.js'),
  },
  {
    path: ['workspace', 'info'],
    operands: '<name>',
    summary: 'describe a workspace: its database, size, owner and mounts',
    examples: ['agentfs workspace info my-workspace'],
    load: () => import('../commands/workspace-info.js'),
  },
  {
    path: ['workspace', 'delete'],
    operands: '<name>',
    summary: 'delete a workspace and its database',
    description: 'What was pushed stays on the remote. Asks first; without a terminal it needs --yes.',
    options: [{ flags: '-y, --yes', description: 'do not ask' }],
    examples: ['agentfs workspace delete my-workspace', 'agentfs workspace delete scratch --yes'],
    load: () => import('../commands/workspace-delete.js'),
  },
];

/**
 * Tools on the past: history, checkpoints, restore. They ask the remote, where the versions are.
 */
import { z } from 'zod';
import { answered, pathInput, type Tool, tool } from './tool.js';

export const PAST_TOOLS: readonly Tool[] = [
  tool({
    name: 'history',
    title: 'History',
    description:
      'The versions of a file, across renames, with those that lost a conflict; without a path the commits of the workspace. ' +
      'The newest first. What was not pushed yet has no version.',
    input: {
      path: pathInput('The file').optional(),
      limit: z.int().min(1).max(1000).default(50).describe('Versions or commits to show'),
    },
    effect: 'read',
    remote: true,
    run: async ({ path, limit }, { workspace }) => answered(await workspace.history(path, { limit })),
  }),

  tool({
    name: 'checkpoints',
    title: 'List checkpoints',
    description: 'The named states of the workspace, the newest first.',
    input: {},
    effect: 'read',
    remote: true,
    run: async (_input, { workspace }) => answered({ checkpoints: await workspace.checkpoints.list() }),
  }),

  tool({
    name: 'checkpoint',
    title: 'Make a checkpoint',
    description:
      'Pushes and pulls what is pending, and gives the state of the workspace a name to return to.',
    input: {
      name: z.string().min(1).max(63).describe('Letters, digits, dots, underscores, dashes; a letter first'),
    },
    effect: 'add',
    remote: true,
    run: async ({ name }, { workspace }) => answered(await workspace.checkpoints.create(name)),
  }),

  tool({
    name: 'restore',
    title: 'Restore',
    description:
      'Brings a file or directory back as it was, as a change made now: what it replaces stays in history. Give `version` or `at`.',
    input: {
      path: pathInput('The file or directory, as it was called then'),
      version: z.string().min(1).optional().describe('A revision or lost-… of history, or a checkpoint'),
      at: z.string().min(1).optional().describe('A time: RFC 3339 with a zone, or "2h ago"'),
      dry_run: z.boolean().default(false).describe('Only tell what would change'),
    },
    effect: 'replace',
    remote: true,
    run: async ({ path, version, at, dry_run }, { workspace }) =>
      answered(
        await workspace.restore(path, {
          ...(version === undefined ? {} : { version }),
          ...(at === undefined ? {} : { at }),
          ...(dry_run ? { dryRun: true } : {}),
        }),
      ),
  }),
];

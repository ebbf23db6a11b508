/**
 * Tools on sync: status, conflicts, push, pull. No tool forces what a brake has stopped: that is for a person.
 */
import { z } from 'zod';
import { answered, type Tool, tool } from './tool.js';

const DRY_RUN = { dry_run: z.boolean().default(false).describe('Only tell what would be done') };

export const SYNC_TOOLS: readonly Tool[] = [
  tool({
    name: 'sync_status',
    title: 'Sync status',
    description:
      'Where sync with the remote stands: mode, last sync, what is pending, and the conflicts that wait.',
    input: {},
    effect: 'read',
    run: async (_input, { workspace }) =>
      answered({ ...(await workspace.sync.status()), conflicts: await workspace.sync.conflicts() }),
  }),

  tool({
    name: 'sync_push',
    title: 'Push',
    description:
      'Sends what was changed here to the remote. Conflicts that a person has to decide are an error; the rest went.',
    input: DRY_RUN,
    effect: 'add',
    idempotent: true,
    remote: true,
    run: async ({ dry_run }, { workspace, signal }) =>
      answered(await workspace.sync.push({ dryRun: dry_run, signal })),
  }),

  tool({
    name: 'sync_pull',
    title: 'Pull',
    description: 'Brings here what other agents have pushed. What loses a conflict stays in history.',
    input: DRY_RUN,
    effect: 'replace',
    idempotent: true,
    remote: true,
    run: async ({ dry_run }, { workspace, signal }) =>
      answered(await workspace.sync.pull({ dryRun: dry_run, signal })),
  }),
];

/**
 * Every command that there is, as descriptions; their modules are imported when they run.
 *
 * What is not built does not stand here, so it is not in --help either. To add one: a module in commands/, an entry in
 * the file of its group here.
 */
import type { CommandSpec, GroupSpec } from '../command.js';
import { FILE_COMMANDS } from './files.js';
import { HISTORY_COMMANDS } from './history.js';
import { MOUNT_COMMANDS } from './mount.js';
import { SYNC_COMMANDS } from './sync.js';
import { WORKSPACE_COMMANDS } from './workspace.js';

export const GROUPS: readonly GroupSpec[] = [
  { name: 'workspace', summary: 'create, list, describe and delete workspaces' },
  { name: 'fs', summary: 'read and change files without a mount' },
  { name: 'checkpoint', summary: 'name states of a workspace, to come back to them' },
  { name: 'sync', summary: 'sync a workspace with a Turso (libSQL) database' },
];

export const COMMANDS: readonly CommandSpec[] = [
  ...MOUNT_COMMANDS,
  ...WORKSPACE_COMMANDS,
  ...FILE_COMMANDS,
  ...SYNC_COMMANDS,
  ...HISTORY_COMMANDS,
];

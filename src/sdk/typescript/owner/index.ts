/**
 * owner: what it takes to own a workspace: its lock, filesystem, sync engine, socket and, through a port, its mounts.
 *
 * The background owner (daemon) and a program that owns while it runs are made of the same class. A door of its own,
 * since loading it loads what a client of another owner never needs.
 */
export { defaultParts } from './default-parts.js';
export { Owner, type OwnerOptions } from './owner.js';
export {
  type MountContext,
  type MountHost,
  type OpenFilesystem,
  type OwnerLog,
  type OwnerParts,
  SILENT_LOG,
} from './parts.js';

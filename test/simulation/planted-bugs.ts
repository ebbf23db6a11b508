/**
 * Ways to break the engine on purpose, each through a port: what passes there is changed as a bug in the engine would
 * change it. Production knows nothing of them.
 */
import type { Database } from '#src/sync/remote/connection.js';
import type { RemoteWorkspace } from '#src/sync/remote/index.js';
import type { SyncHost } from '#src/sync/steps.js';
import type { Random } from './random.js';

export interface BugContext {
  readonly agent: string;
  readonly random: Random;
}

export interface PlantedBug {
  readonly name: string;
  host?(host: SyncHost, context: BugContext): SyncHost;
  remote?(remote: RemoteWorkspace, context: BugContext): RemoteWorkspace;
  database?(database: Database, context: BugContext): Database;
}

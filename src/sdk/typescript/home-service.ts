/**
 * What `agentfs rpc` is asked over its standard input and output, by SDKs in other languages: the workspaces of one home,
 * and who owns each. Everything about one workspace is then asked of its owner, over the owner's own socket (service.ts).
 */
import type { OwnerInfo } from './service.js';

export interface WorkspacePlace {
  readonly name: string;
  /** The database file; absolute. */
  readonly database: string;
  /** RFC 3339 in UTC. */
  readonly createdAt: string;
}

/** Where a workspace's owner is. */
export interface OwnerPlace extends WorkspacePlace {
  /** Unix socket; absolute. */
  readonly socket: string;
  readonly pid: number;
  readonly kind: OwnerInfo['kind'];
}

type Nothing = Readonly<Record<string, never>>;
type Ask<P, R> = { readonly params: P; readonly result: R };

export interface HomeMethods {
  'home.info': Ask<Nothing, { home: string; version: string }>;
  /** Makes a workspace, or opens one that is there, and sees to it that it has an owner: this process, if need be. */
  'home.create': Ask<{ name: string; db?: string; exist?: 'open' | 'error' }, OwnerPlace>;
  'home.get': Ask<{ name: string }, WorkspacePlace>;
  'home.list': Ask<Nothing, { workspaces: readonly (WorkspacePlace & { owner: OwnerInfo | null })[] }>;
  /** `kept`: the database that `db` had put elsewhere. WORKSPACE_BUSY while it is in use. */
  'home.delete': Ask<{ name: string }, { kept: string | null }>;
  /** Finds the owner, or becomes it until `home.close` or the end. Asked again when the owner has gone. */
  'home.open': Ask<{ name: string }, OwnerPlace>;
  /** Ends what this process has of the workspace; what was acknowledged is durable then. */
  'home.close': Ask<{ name: string }, Nothing>;
  /** Has a background owner take over, which alone can mount, and goes on without this process. */
  'home.startOwner': Ask<{ name: string; cacheSizeBytes?: number; schedule?: boolean }, OwnerPlace>;
}

export type HomeMethodName = keyof HomeMethods;

/**
 * Methods on the owner itself and its mounts.
 */
import { AgentFsError } from '../../../base/index.js';
import type { EventName, OwnerInfo, OwnerStatistics, WorkspaceInfo } from '../service.js';
import type { HandlersOf } from './method.js';
import type { MountHost } from './parts.js';

export interface OwnerMethodContext {
  readonly mounts: MountHost | undefined;
  info(): OwnerInfo;
  statistics(): OwnerStatistics;
  describe(): Promise<WorkspaceInfo>;
  flush(): Promise<void>;
  /** What is wrong in the database, a line each, with the remedy. */
  check(): Promise<readonly string[]>;
  /** Ends this owner; resolves when the database is closed. */
  stop(options: { readonly force: boolean; readonly reason: string }): Promise<void>;
  subscribe(names: readonly EventName[]): void;
  mountsChanged(): void;
}

export const ownerMethods = {
  async 'mount.add'(context, { mountpoint, ...options }) {
    if (context.mounts === undefined) throw cannotMount();
    try {
      return await context.mounts.add(mountpoint, options);
    } finally {
      context.mountsChanged();
    }
  },

  async 'mount.remove'(context, { mountpoint, force = false }) {
    if (context.mounts === undefined) throw cannotMount();
    const removed = await context.mounts.remove(mountpoint, { force });
    await context.flush();
    context.mountsChanged();
    return { removed, ownerStays: context.info().staysFor.some((reason) => reason !== 'clients') };
  },

  'mount.list'(context) {
    return { mounts: context.mounts?.list() ?? [] };
  },

  'owner.info'(context) {
    return context.info();
  },

  'owner.statistics'(context) {
    return context.statistics();
  },

  async 'owner.flush'(context) {
    await context.flush();
    return {};
  },

  async 'owner.stop'(context, { force = false }) {
    await context.stop({ force, reason: 'it was asked to stop' });
    return {};
  },

  async 'owner.handover'(context) {
    if (context.info().kind === 'background') return { handedOver: false };
    await context.stop({ force: false, reason: 'a background owner takes over' });
    return { handedOver: true };
  },

  async 'workspace.info'(context) {
    return await context.describe();
  },

  async 'workspace.check'(context) {
    return { problems: await context.check() };
  },

  'events.subscribe'(context, { names }) {
    context.subscribe(names);
    return {};
  },
} satisfies HandlersOf<
  OwnerMethodContext,
  | 'mount.add'
  | 'mount.remove'
  | 'mount.list'
  | 'owner.info'
  | 'owner.statistics'
  | 'owner.flush'
  | 'owner.stop'
  | 'owner.handover'
  | 'workspace.info'
  | 'workspace.check'
  | 'events.subscribe'
>;

function cannotMount(): AgentFsError {
  return new AgentFsError('UNSUPPORTED', 'only a background owner serves mounts', {
    operation: 'mount',
    hint: 'Mount with `agentfs mount` or Workspace.mount, which start one.',
  });
}

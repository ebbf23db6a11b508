/**
 * Methods on the owner itself and its mounts.
 */
import { AgentFsError } from '../../../base/index.js';
import type { MountOptions, OwnerInfo, OwnerStatistics, WorkspaceInfo } from '../service.js';
import { EVENT_NAMES, type EventName } from '../service.js';
import type { Arguments } from './arguments.js';
import type { HandlersOf } from './method.js';
import type { MountHost } from './parts.js';

export interface OwnerMethodContext {
  readonly mounts: MountHost | undefined;
  info(): OwnerInfo;
  statistics(): OwnerStatistics;
  describe(): Promise<WorkspaceInfo>;
  flush(): Promise<void>;
  /** Lines of the database's integrity check. */
  check(): Promise<readonly string[]>;
  /** Ends this owner; resolves when the database is closed. */
  stop(options: { readonly force: boolean; readonly reason: string }): Promise<void>;
  subscribe(names: readonly EventName[]): void;
  mountsChanged(): void;
}

export const ownerMethods = {
  async 'mount.add'(context, args) {
    const mountpoint = args.string('mountpoint');
    if (!mountpoint.startsWith('/')) throw args.wrong('mountpoint', 'an absolute path');
    if (context.mounts === undefined) throw cannotMount();
    try {
      return await context.mounts.add(mountpoint, mountOptions(args));
    } finally {
      context.mountsChanged();
    }
  },

  async 'mount.remove'(context, args) {
    const mountpoint = args.optionalString('mountpoint');
    if (context.mounts === undefined) throw cannotMount();
    const removed = await context.mounts.remove(mountpoint, { force: args.flag('force') });
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

  async 'owner.stop'(context, args) {
    await context.stop({ force: args.flag('force'), reason: 'it was asked to stop' });
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

  'events.subscribe'(context, args) {
    const names = args.values.names;
    if (!Array.isArray(names)) throw args.wrong('names', 'a list');
    for (const name of names) {
      if (!EVENT_NAMES.includes(name as EventName)) throw args.wrong('names', `of ${EVENT_NAMES.join(', ')}`);
    }
    context.subscribe(names as EventName[]);
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

function mountOptions(args: Arguments): MountOptions {
  return {
    ...(args.has('driver') ? { driver: args.oneOf('driver', ['native', 'fuse-native']) } : {}),
    readOnly: args.flag('readOnly'),
    allowOther: args.flag('allowOther'),
    dev: args.flag('dev'),
    suid: args.flag('suid'),
  };
}

function cannotMount(): AgentFsError {
  return new AgentFsError('UNSUPPORTED', 'only a background owner serves mounts', {
    operation: 'mount',
    hint: 'Mount with `agentfs mount` or Workspace.mount, which start one.',
  });
}

/**
 * Each method of the protocol as the TypeScript SDK has it: which of its own methods to call, and its answer in the protocol's
 * shape. A method that is not here is asked for as the protocol names it.
 */

import type { HomeMethods } from '#src/sdk/typescript/home-service.js';
import type { AgentFS, Workspace, WorkspaceFile } from '#src/sdk/typescript/index.js';
import type { MethodName, MethodParams } from '#src/sdk/typescript/service.js';

/** Files that were opened, by their handle. */
export type OpenFiles = Map<number, WorkspaceFile>;

export interface Caller {
  readonly afs: AgentFS;
  readonly ws: Workspace;
  readonly files: OpenFiles;
}

type Called<M extends MethodName> = (caller: Caller, params: MethodParams<M>) => Promise<unknown>;

/** A method that returns nothing has no result to hold it to. */
export const OF_A_WORKSPACE: { readonly [M in MethodName]?: Called<M> } = {
  'fs.stat': async ({ ws }, { path = '', follow = true }) =>
    (follow ? await ws.stat(path) : await ws.lstat(path)).toJSON(),
  'fs.exists': async ({ ws }, { path }) => ({ exists: await ws.exists(path) }),
  'fs.realpath': async ({ ws }, { path }) => ({ path: await ws.realpath(path) }),
  'fs.readFile': async ({ ws }, { path }) => {
    const data = await ws.readFile(path);
    return { data, size: data.length };
  },
  'fs.writeFile': async ({ ws }, { path, data, flag, mode }) => {
    if (flag === 'a' && mode === undefined) await ws.appendFile(path, data);
    else await ws.writeFile(path, data, { ...(flag && { flag }), ...(mode !== undefined && { mode }) });
    return { size: (await ws.stat(path)).size };
  },
  'fs.open': async ({ ws, files }, { path, flags, mode }) => {
    const file = await ws.openFile(path, flags, mode);
    files.set(file.handle, file);
    return { handle: file.handle, stat: file.stats.toJSON() };
  },
  'fs.readdir': async ({ ws }, { path, stat }) => ({
    entries:
      stat === true ? await ws.readdir(path, { stat }) : await ws.readdir(path, { withFileTypes: true }),
    next: null,
  }),
  'fs.rmdir': async ({ ws }, { path }) => await ws.rmdir(path),
  'fs.unlink': async ({ ws }, { path }) => await ws.unlink(path),
  'fs.rename': async ({ ws }, { from, to, ...options }) => await ws.rename(from, to, options),
  'fs.link': async ({ ws }, { existing, path }) => await ws.link(existing, path),
  'fs.symlink': async ({ ws }, { target, path }) => await ws.symlink(target, path),
  'fs.readlink': async ({ ws }, { path }) => ({ target: await ws.readlink(path) }),
  'fs.chmod': async ({ ws }, { path = '', mode }) => await ws.chmod(path, mode),
  'fs.chown': async ({ ws }, { path = '', uid, gid }) => await ws.chown(path, uid, gid),
  'fs.getxattr': async ({ ws }, { path, name }) => ({ data: await ws.getxattr(path, name) }),
  'fs.setxattr': async ({ ws }, { path, name, data }) => await ws.setxattr(path, name, data),
  'fs.listxattr': async ({ ws }, { path }) => ({ names: await ws.listxattr(path) }),
  'fs.removexattr': async ({ ws }, { path, name }) => await ws.removexattr(path, name),

  'sync.enable': async ({ ws }, options) => await ws.sync.enable(options),
  'sync.disable': async ({ ws }, { remote }) => await ws.sync.disable(remote),
  'sync.push': async ({ ws }, options) => await ws.sync.push(options),
  'sync.pull': async ({ ws }, options) => await ws.sync.pull(options),
  'sync.config': async ({ ws }, { changes, ...target }) => await ws.sync.config(changes, target),
  'sync.explain': async ({ ws }, { path, ...target }) => await ws.sync.explain(path, target),
  'sync.status': async ({ ws }, { remote }) => await ws.sync.status(remote),
  'sync.conflicts': async ({ ws }, { remote }) => ({ conflicts: await ws.sync.conflicts(remote) }),
  'sync.audit': async ({ ws }, options) => await ws.audit(options),
  'sync.verify': async ({ ws }, { remote }) => await ws.sync.verify(remote),
  'sync.metrics': async ({ ws }, { remote }) => await ws.sync.metrics(remote),
  'sync.agents': async ({ ws }, { remote }) => ({ agents: await ws.sync.agents(remote) }),
  'sync.reset': async ({ ws }, { remote, ...options }) => await ws.sync.reset(remote, options),
  'sync.compare': async ({ ws }, { conflict, remote }) => await ws.sync.compare(conflict, remote),
  'sync.resolve': async ({ ws }, { conflict, conflicts, useLocal, useRemote, strategy, ...target }) => {
    const resolution =
      useLocal === true
        ? ({ useLocal } as const)
        : useRemote === true
          ? ({ useRemote } as const)
          : { strategy: strategy! };
    if (conflict !== undefined) return await ws.sync.resolve(conflict, resolution, target);
    return await ws.sync.resolveAll(resolution, { ...target, ...(conflicts && { conflicts }) });
  },

  'checkpoint.create': async ({ ws }, { name }) => await ws.checkpoints.create(name),
  'checkpoint.list': async ({ ws }) => ({ checkpoints: await ws.checkpoints.list() }),
  'checkpoint.delete': async ({ ws }, { name }) => await ws.checkpoints.delete(name),
  'history.log': async ({ ws }, { path, ...options }) => await ws.history(path, options),
  'history.diff': async ({ ws }, options) => await ws.diff(options),
  'history.restore': async ({ ws }, { path, ...options }) => await ws.restore(path, options),

  'owner.info': async ({ ws }) => await ws.owner(),
  'owner.flush': async ({ ws }) => await ws.flush(),
  'workspace.info': async ({ ws }) => await ws.info(),
  'workspace.check': async ({ ws }) => ({ problems: await ws.check() }),
  'mount.add': async ({ ws }, { mountpoint, ...options }) => (await ws.mount(mountpoint, options)).info,
  'mount.remove': async ({ ws }, { mountpoint, ...options }) => await ws.unmount(mountpoint, options),
};

/** Of an open file, or of a path where the SDK has it for one. */
export const OF_A_FILE: {
  readonly [M in MethodName]?: (file: WorkspaceFile, params: MethodParams<M>) => Promise<unknown>;
} = {
  'fs.close': async (file) => await file.close(),
  'fs.stat': async (file) => (await file.stat()).toJSON(),
  'fs.read': async (file, { offset, length }) => ({ data: await file.read(offset, length) }),
  'fs.write': async (file, { offset, data }) => {
    await file.write(offset, data as Uint8Array);
    return { written: data.length };
  },
  'fs.truncate': async (file, { size }) => await file.truncate(size),
};

type HomeCalled<M extends keyof HomeMethods> = (
  afs: AgentFS,
  params: HomeMethods[M]['params'],
) => Promise<unknown>;

export const OF_A_HOME: { readonly [M in keyof HomeMethods]?: HomeCalled<M> } = {
  'home.create': async (afs, { name, ...options }) => {
    // Who has it open keeps it from being deleted.
    await using ws = await afs.workspace.create(name, options);
    return ws.record;
  },
  'home.get': async (afs, { name }) => (await afs.workspace.get(name)).record,
  'home.list': async (afs) => ({ workspaces: await afs.workspace.list() }),
  'home.delete': async (afs, { name }) => await afs.workspace.delete(name),
};

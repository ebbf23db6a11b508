/**
 * What a method's implementation gets, and the type that ties it to its line in service.ts.
 */
import type { Cancellable } from '../../../rpc/index.js';
import type { Filesystem } from '../../../vfs/filesystem.js';
import type { MethodName, MethodParams, MethodResult } from '../service.js';
import type { Handles } from './handles.js';
import type { PathWalk } from './path-walk.js';

/** What the file methods work with, one per peer. */
export interface FileContext {
  readonly filesystem: Filesystem;
  readonly walk: PathWalk;
  readonly handles: Handles;
  /** Who owns what is made here: the owner process's user. */
  readonly uid: number;
  readonly gid: number;
  /** Lets the event loop turn, so that long work does not hold up the mount. */
  breathe(): Promise<void>;
}

export type Handler<Context, M extends MethodName> = (
  context: Context,
  params: MethodParams<M>,
  running: Cancellable,
) => MethodResult<M> | Promise<MethodResult<M>>;

export type HandlersOf<Context, M extends MethodName> = { readonly [Name in M]: Handler<Context, Name> };
export type Handlers<M extends MethodName> = HandlersOf<FileContext, M>;

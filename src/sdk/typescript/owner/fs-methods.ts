/**
 * Every `fs.` method of service.ts in one place; a missing one does not compile.
 *
 * Loaded with the first call of one, since asking for the sync status needs none of them.
 */
import type { Cancellable } from '../../../rpc/index.js';
import type { MethodName } from '../service.js';
import { attributeMethods } from './attribute-methods.js';
import { fileMethods } from './file-methods.js';
import type { Handlers } from './method.js';
import { treeMethods } from './tree-methods.js';
import { withWholePath } from './whole-path.js';

export type FsMethodName = Extract<MethodName, `fs.${string}`>;

export const fsMethods: Handlers<FsMethodName> = withWholePaths({
  ...fileMethods,
  ...treeMethods,
  ...attributeMethods,
});

type AnyHandler = (
  context: never,
  params: Readonly<Record<string, unknown>>,
  running: Cancellable,
) => unknown;

/** The filesystem knows names within a directory; a caller is told of the path that it gave. */
function withWholePaths<H extends object>(handlers: H): H {
  const wrapped = Object.entries(handlers).map(([name, handler]: [string, AnyHandler]) => {
    const run: AnyHandler = (context, params, running) => {
      try {
        const result = handler(context, params, running);
        if (!(result instanceof Promise)) return result;
        return result.catch((error: unknown) => Promise.reject(withWholePath(error, params)));
      } catch (error) {
        throw withWholePath(error, params);
      }
    };
    return [name, run];
  });
  return Object.fromEntries(wrapped) as H;
}

/**
 * Errors of the filesystem, which knows names within a directory, with the path that the caller gave. Pure.
 */
import { AgentFsError } from '../../../base/index.js';

const PATHS = ['path', 'from', 'to', 'existing'] as const;

/** The same error, unless it is about a name that ends one of the call's paths: then about that path. */
export function withWholePath(error: unknown, params: Readonly<Record<string, unknown>>): unknown {
  if (!(error instanceof AgentFsError) || error.path === undefined || error.path.startsWith('/'))
    return error;
  const { path: name, code, operation, hint, data } = error;
  const given = PATHS.map((one) => params[one]).find(
    (one): one is string => typeof one === 'string' && one.replace(/\/+$/, '').endsWith(`/${name}`),
  );
  if (given === undefined) return error;
  return new AgentFsError(code, error.message.replace(`'${name}'`, `'${given}'`), {
    ...(operation === undefined ? {} : { operation }),
    path: given,
    ...(hint === undefined ? {} : { hint }),
    ...(data === undefined ? {} : { data }),
    cause: error,
  });
}

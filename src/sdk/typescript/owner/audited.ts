/**
 * What of an owner's calls goes into the audit log, and how it is said there. Pure. Never a token.
 */
import type { MethodName } from '../service.js';

export interface AuditNote {
  readonly action: string;
  /** '' where it is about none, or the default. */
  readonly remote: string;
  readonly detail: string;
}

const AUDITED: ReadonlySet<string> = new Set<MethodName | string>([
  'sync.enable',
  'sync.disable',
  'sync.config',
  'sync.reset',
  'sync.resolve',
  'sync.push',
  'sync.pull',
  'checkpoint.create',
  'checkpoint.delete',
  'history.restore',
]);

const SECRET: ReadonlySet<string> = new Set(['token', 'remote']);

/** Undefined where it changed nothing that the commits do not tell. */
export function auditNote(
  method: string,
  params: Readonly<Record<string, unknown>>,
  result: unknown,
): AuditNote | undefined {
  if (!AUDITED.has(method) || params.dryRun === true) return undefined;
  if (method === 'sync.config' && params.changes === undefined) return undefined;
  const detail: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    if (SECRET.has(name) || value === undefined || value === false) continue;
    detail[name] = name === 'tursoDb' ? String(value).replace(/[?#].*$/s, '') : value;
  }
  if (method === 'sync.push' || method === 'sync.pull') {
    const { pushed = 0, pulled = 0 } = (result ?? {}) as { pushed?: number; pulled?: number };
    if (pushed + pulled === 0 && Object.keys(detail).length === 0) return undefined;
    Object.assign(detail, { pushed, pulled });
  }
  const remote = typeof params.remote === 'string' ? params.remote : '';
  return { action: method, remote, detail: JSON.stringify(detail).slice(0, 4000) };
}

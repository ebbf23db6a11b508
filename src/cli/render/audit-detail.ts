/**
 * What an entry of the audit log says, for a person: `name=value` instead of JSON, a conflict by its path. Pure.
 */

/** `detail` is JSON of an object, or text that stands for itself. */
export function auditDetail(detail: string): string {
  const values = objectOf(detail);
  if (values === undefined) return detail;
  return Object.entries(values)
    .map(([name, value]) => (isConflict(value) ? `${value.path} (${value.type})` : `${name}=${plain(value)}`))
    .join(' ');
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function isConflict(value: unknown): value is { readonly path: string; readonly type: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { path?: unknown }).path === 'string' &&
    typeof (value as { type?: unknown }).type === 'string'
  );
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

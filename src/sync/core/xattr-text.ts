/**
 * Extended attributes as the one text of `NodeState.xattrs`: `name=base64`, a line each, sorted by name. Pure.
 *
 * `%`, `=` and line feeds of a name are percent-escaped, so the text can be read back.
 */
import { AgentFsError } from '../../base/index.js';

export function xattrText(xattrs: Iterable<readonly [name: string, base64: string]>): string {
  return [...xattrs]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, base64]) => `${name.replaceAll(/[%=\n]/g, encodeURIComponent)}=${base64}`)
    .join('\n');
}

const PRIVILEGED = /^(security|system|trusted)\./;

/** Attributes that give a file power, or say how it is to be guarded: `security.capability` before all. */
export function isPrivilegedXattr(name: string): boolean {
  return PRIVILEGED.test(name);
}

/** The privileged ones of a text, as names and base64 values. */
export function privilegedXattrs(text: string): [name: string, base64: string][] {
  return text === '' ? [] : parseXattrText(text).filter(([name]) => isPrivilegedXattr(name));
}

/** Returns names and base64 values. Throws REMOTE_CORRUPT for a text that is none of ours. */
export function parseXattrText(text: string): [name: string, base64: string][] {
  if (text === '') return [];
  return text.split('\n').map((line) => {
    const split = line.indexOf('=');
    if (split <= 0) {
      throw new AgentFsError('REMOTE_CORRUPT', 'an extended attribute cannot be read', { operation: 'pull' });
    }
    const name = line.slice(0, split).replaceAll(/%25|%3D|%0A/g, decodeURIComponent);
    return [name, line.slice(split + 1)];
  });
}

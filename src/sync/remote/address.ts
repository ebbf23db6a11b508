/**
 * Where a remote is: the URL a person gave, taken apart once. Pure.
 *
 * `libsql:` and `wss:` are spoken as `https:`, `ws:` as `http:` (`?tls=0` as with @libsql/client): every server that
 * speaks the one speaks the other, and only over HTTP can a request be bounded in time and counted. A token inside the
 * URL is taken out, so that an address can be printed.
 */
import { AgentFsError } from '../../base/index.js';

export type RemoteAddress =
  | { readonly kind: 'http'; readonly url: string; readonly token?: string }
  | { readonly kind: 'file'; readonly url: string };

const HINT = 'Use libsql://…, https://…, http://…, wss://…, ws://… or file:/path/to/remote.db.';

function invalid(reason: string): AgentFsError {
  return new AgentFsError('USAGE', `not a remote's address: ${reason}`, {
    operation: 'open remote',
    hint: HINT,
  });
}

export function parseRemoteAddress(text: string): RemoteAddress {
  if (text.startsWith('file:')) {
    if (/^file:(\/\/(localhost)?)?$/i.test(text) || text.includes(':memory:')) {
      throw invalid('a file: address needs the path of a file');
    }
    if (!fileOfAddress(text).startsWith('/')) {
      throw invalid(
        'the path of a file: address begins with a slash: who owns the workspace may be elsewhere',
      );
    }
    return { kind: 'file', url: text };
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid('it cannot be read as a URL');
  }
  const tls = url.searchParams.get('tls');
  const token = url.searchParams.get('authToken') ?? undefined;
  const secure =
    url.protocol === 'libsql:' ? tls !== '0' : url.protocol === 'https:' || url.protocol === 'wss:';
  if (!secure && !['libsql:', 'http:', 'ws:'].includes(url.protocol)) {
    throw invalid(`its scheme is ${url.protocol}`);
  }
  if (url.hostname === '') throw invalid('it names no host');
  if (url.username !== '' || url.password !== '') {
    throw invalid('it holds a user or a password; give a token with --token-file or AGENTFS_TOKEN');
  }
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  const base = `${secure ? 'https' : 'http'}://${url.host}${path}`;
  return { kind: 'http', url: base, ...(token === undefined ? {} : { token }) };
}

/** The path in a `file:` address. Throws USAGE for one that names another host, or is encoded wrong. */
export function fileOfAddress(text: string): string {
  const [, host, path = ''] = /^file:(?:\/\/([^/?#]*))?([^?#]*)/i.exec(text) ?? [];
  if (host !== undefined && host !== '' && host.toLowerCase() !== 'localhost') {
    throw invalid(`a file: address names no host, and '${host}' would be one`);
  }
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid('a percent sign in its path is not followed by two digits; write %25 for one');
  }
}

/**
 * An address as it may be stored and printed, and the token that was in it. Expects what `parseRemoteAddress` took.
 */
export function splitToken(text: string): { readonly url: string; readonly token?: string } {
  if (text.startsWith('file:')) return { url: text };
  const url = new URL(text);
  const token = url.searchParams.get('authToken');
  if (token === null) return { url: text };
  url.searchParams.delete('authToken');
  return { url: url.href, ...(token === '' ? {} : { token }) };
}

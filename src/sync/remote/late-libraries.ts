/**
 * The libraries that one sort of address needs and the others do not: each takes a tenth of a second to load.
 */
import { late } from '../../base/index.js';
import { parseRemoteAddress } from './address.js';

/** For files. */
export const libsqlPart = late(() => import('@libsql/client'), { ahead: false });
/** For https. */
export const undiciPart = late(() => import('undici'), { ahead: false });
/** For servers that do not speak version 3 of the protocol, which turns out with the first request. */
export const jsonPart = late(() => import('./json-database.js'), { ahead: false });

/** There is a remote at this address. */
export function expectAddress(url: string): void {
  const address = parseRemoteAddress(url);
  if (address.kind === 'file') libsqlPart.expect();
  else if (address.url.startsWith('https:')) undiciPart.expect();
}

/**
 * The address of a remote as somebody gave it, checked, and without the token that may stand in it.
 */
import { normalize } from 'node:path';
import { AgentFsError } from '../base/index.js';
import { fileOfAddress, parseRemoteAddress, splitToken } from './remote/address.js';

/**
 * Throws USAGE for an address that is none, INVALID_ARGUMENT for one that another remote has: one of the two would take
 * what the other commits for its own.
 */
export function checkedAddress(
  text: string,
  others: readonly { readonly name: string; readonly url: string }[],
): { readonly url: string; readonly token?: string } {
  const placeOf = (address: string) => {
    const { kind, url } = parseRemoteAddress(address);
    return kind === 'file' ? normalize(fileOfAddress(address)) : url;
  };
  const place = placeOf(text);
  const twin = others.find(({ url }) => placeOf(url) === place);
  if (twin !== undefined) {
    throw new AgentFsError('INVALID_ARGUMENT', `remote '${twin.name}' syncs with that database already`, {
      operation: 'sync enable',
      hint: `A workspace syncs with a database once. To change how: agentfs sync config … --remote ${twin.name}.`,
    });
  }
  return splitToken(text);
}

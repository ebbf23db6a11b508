/**
 * The address of a remote as somebody gave it, checked, and without the token that may stand in it. What reads addresses is
 * loaded only here, since most calls need none.
 */
/** Throws USAGE for an address that is none. */
export async function checkedAddress(
  text: string,
): Promise<{ readonly url: string; readonly token?: string }> {
  const { parseRemoteAddress, splitToken } = await import('./remote/address.js');
  parseRemoteAddress(text);
  return splitToken(text);
}

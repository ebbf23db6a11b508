/**
 * A remote's address as the owner of a workspace understands it: it may be another process, in another directory. Pure.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `file:shared.db` as `file:///…/shared.db`, relative to `directory`; every other address as it is. */
export function absoluteAddress(text: string, directory: string): string {
  const [, path, rest = ''] = /^file:([^/?#:][^?#]*)(.*)$/is.exec(text) ?? [];
  if (path === undefined) return text;
  try {
    return pathToFileURL(resolve(directory, decodeURIComponent(path))).href + rest;
  } catch {
    // Who is asked to use it says what is wrong with it.
    return text;
  }
}

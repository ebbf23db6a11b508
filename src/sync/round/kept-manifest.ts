/**
 * Which lists of chunks the base keeps, so that an edit of a large file is cut anew only where it was made. Pure.
 */
import { DELTA_MIN_BYTES } from '../local/local-changes.js';
import type { PushChange } from '../remote/index.js';
import { encodeManifest } from '../transfer/index.js';

/** The list of chunks to remember of a large file. */
export function manifestOf(change: PushChange): Uint8Array | undefined {
  if (change.type === 'entry' || change.content.kind !== 'chunks') return undefined;
  return (change.state?.size ?? 0) < DELTA_MIN_BYTES ? undefined : encodeManifest(change.content.chunks);
}

/**
 * The member `data` of params and results: raw bytes, or, for a client that has only JSON, a string in `encoding`. Pure.
 */
import { MAX_DATA_BYTES } from '../../../rpc/index.js';
import type { Encoding, MethodName } from '../service.js';
import { wrongParam } from './checked-params.js';

/** A string without an encoding is utf8. Throws INVALID_ARGUMENT for more than one call carries. */
export function decodeData(
  method: MethodName,
  { data, encoding = 'utf8' }: { readonly data: Uint8Array | string; readonly encoding?: Encoding },
): Uint8Array {
  const bytes = typeof data === 'string' ? Buffer.from(data, encoding) : data;
  if (bytes.length > MAX_DATA_BYTES)
    throw wrongParam(method, `'data' must be at most ${MAX_DATA_BYTES} bytes`);
  return bytes;
}

/** In the encoding that was asked for. */
export function encodeData(bytes: Uint8Array, encoding: Encoding | undefined): Uint8Array | string {
  if (encoding === undefined) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);
}

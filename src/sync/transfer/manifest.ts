/**
 * The list of a file's chunks as stored bytes: for each chunk its SHA-256 (32 bytes) and its length (u32, little
 * endian), 36 bytes a chunk. A file's content hash is the SHA-256 of this list, so that a list can be checked without
 * its chunks. A format: never changed, only replaced by another encoding. Pure.
 */
import { cutOf } from './chunker.js';

export interface ManifestEntry {
  /** SHA-256 as 64 hex digits. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

const RECORD_BYTES = 36;

export function encodeManifest(chunks: readonly ManifestEntry[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(chunks.length * RECORD_BYTES);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.write(chunk.hash, offset, 32, 'hex');
    bytes.writeUInt32LE(chunk.size, offset + 32);
    offset += RECORD_BYTES;
  }
  return bytes;
}

/** Returns undefined where these bytes are no manifest of a file of `size` bytes. */
export function decodeManifest(manifest: Uint8Array, size: number): ManifestEntry[] | undefined {
  if (manifest.length === 0 || manifest.length % RECORD_BYTES !== 0) return undefined;
  const bytes = Buffer.from(manifest.buffer, manifest.byteOffset, manifest.byteLength);
  const { max } = cutOf(size);
  const chunks: ManifestEntry[] = [];
  let sum = 0;
  for (let offset = 0; offset < bytes.length; offset += RECORD_BYTES) {
    const length = bytes.readUInt32LE(offset + 32);
    if (length === 0 || length > max) return undefined;
    sum += length;
    chunks.push({ hash: bytes.toString('hex', offset, offset + 32), size: length });
  }
  return sum === size ? chunks : undefined;
}

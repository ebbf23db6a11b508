/**
 * Reads local files for a push: what their content is called, and the bytes of a chunk when the remote wants it.
 *
 * Runs in the worker on a snapshot, in pieces of bounded size, so a large file never stands in memory whole. Of a large
 * file whose chunks are known from the base only what may have changed is read.
 */
import type { StoreReader } from '../../store/index.js';
import type { NodeContent } from '../remote/types.js';
import {
  encodeManifest,
  INLINE_MAX_BYTES,
  type KnownContent,
  type ManifestEntry,
  rechunk,
  sha256,
} from '../transfer/index.js';

export interface HashedFile {
  readonly hash: string;
  readonly content: NodeContent;
}

/** Where the bytes of a chunk stand. */
export interface ChunkPlace {
  readonly ino: number;
  readonly offset: number;
  readonly size: number;
}

export class LocalContent {
  readonly #reader: StoreReader;
  readonly #places = new Map<string, ChunkPlace>();
  #bytesRead = 0;

  constructor(reader: StoreReader) {
    this.#reader = reader;
  }

  /** Bytes of files that were looked at, for tests and for whoever wonders what a round did. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Hashes a file of `size` bytes; its chunks can be read by `chunk` afterwards. */
  hash(ino: number, size: number, known?: KnownContent): HashedFile {
    if (size === 0) return { hash: '', content: { kind: 'none' } };
    if (size <= INLINE_MAX_BYTES) {
      const bytes = this.#reader.content(ino, 0, size);
      this.#bytesRead += size;
      return { hash: sha256(bytes), content: { kind: 'inline', bytes } };
    }
    const read = (offset: number, bytes: Uint8Array) => this.#reader.readContent(ino, offset, bytes);
    const { chunks, bytesRead } = rechunk({ size, read }, known);
    this.#bytesRead += bytesRead;
    this.note(ino, chunks);
    return { hash: sha256(encodeManifest(chunks)), content: { kind: 'chunks', chunks } };
  }

  /** Says which chunks a file consists of: `chunk` finds them there. */
  note(ino: number, chunks: readonly ManifestEntry[]): void {
    let offset = 0;
    for (const { hash, size } of chunks) {
      if (!this.#places.has(hash)) this.#places.set(hash, { ino, offset, size });
      offset += size;
    }
  }

  /** The bytes of a chunk that `hash` found; undefined for one that it did not, or that is not there any more. */
  chunk(hash: string): Uint8Array | undefined {
    const place = this.#places.get(hash);
    return place === undefined ? undefined : this.chunkAt(place, hash);
  }

  /** The bytes at a place, where they are the chunk that they were. */
  chunkAt({ ino, offset, size }: ChunkPlace, hash: string): Uint8Array | undefined {
    const bytes = this.#reader.content(ino, offset, size);
    return sha256(bytes) === hash ? bytes : undefined;
  }
}

export function hashOfTarget(target: string): string {
  return sha256(Buffer.from(target));
}

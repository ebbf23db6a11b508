/**
 * Reads local files for a push: what their content is called, and the bytes of a chunk when the remote wants it.
 *
 * Runs in the worker on a snapshot, in pieces of bounded size, so a large file never stands in memory whole.
 */
import type { StoreReader } from '../../store/index.js';
import type { NodeContent } from '../remote/types.js';
import { ContentHasher, sha256 } from '../transfer/index.js';

const READ_BYTES = 4 * 1024 * 1024;

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

  constructor(reader: StoreReader) {
    this.#reader = reader;
  }

  /** Hashes a file of `size` bytes; its chunks can be read by `chunk` afterwards. */
  hash(ino: number, size: number): HashedFile {
    const hasher = new ContentHasher();
    let offset = 0;
    const note = (chunks: readonly { hash: string; size: number }[]) => {
      for (const chunk of chunks) {
        if (!this.#places.has(chunk.hash)) this.#places.set(chunk.hash, { ino, offset, size: chunk.size });
        offset += chunk.size;
      }
    };
    for (let at = 0; at < size; at += READ_BYTES) {
      note(hasher.push(this.#reader.content(ino, at, Math.min(READ_BYTES, size - at))));
    }
    const { chunks, content } = hasher.finish();
    note(chunks);
    if (content.kind === 'chunks')
      return { hash: content.hash, content: { kind: 'chunks', chunks: content.chunks } };
    if (content.kind === 'inline')
      return { hash: content.hash, content: { kind: 'inline', bytes: content.bytes } };
    return { hash: '', content: { kind: 'none' } };
  }

  /** The bytes of a chunk that `hash` found; undefined for one that it did not. */
  chunk(hash: string): Uint8Array | undefined {
    const place = this.#places.get(hash);
    return place === undefined ? undefined : this.#reader.content(place.ino, place.offset, place.size);
  }
}

export function hashOfTarget(target: string): string {
  return sha256(Buffer.from(target));
}

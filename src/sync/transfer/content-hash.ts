/**
 * What a file's content is called, and the pieces it travels in.
 *
 * Empty: ''. Up to INLINE_MAX_BYTES: the SHA-256 of the bytes, which travel inside the version's row. Above: the
 * SHA-256 of the manifest (`manifest.ts`), whose chunks travel one by one. A format, like the chunker. No I/O.
 */
import * as crypto from 'node:crypto';
import { Chunker } from './chunker.js';
import { encodeManifest, type ManifestEntry } from './manifest.js';

/** A file of at most so many bytes is kept in its version's row. */
export const INLINE_MAX_BYTES = 16 * 1024;

/** The one-shot hash came with Node 20.12 and costs half as much for small inputs. */
const oneShot: ((algorithm: string, data: Uint8Array) => string) | undefined = crypto.hash;

/** SHA-256 as 64 hex digits. */
export function sha256(bytes: Uint8Array): string {
  return oneShot === undefined
    ? crypto.createHash('sha256').update(bytes).digest('hex')
    : oneShot('sha256', bytes);
}

export interface HashedChunk extends ManifestEntry {
  readonly data: Uint8Array;
}

export type HashedContent =
  | { readonly kind: 'none'; readonly hash: ''; readonly size: 0 }
  | { readonly kind: 'inline'; readonly hash: string; readonly size: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'chunks';
      readonly hash: string;
      readonly size: number;
      readonly chunks: readonly ManifestEntry[];
    };

/** Hashes one file that comes in pieces, in order and without holes (a hole is zeros). */
export class ContentHasher {
  readonly #chunker: Chunker;
  readonly #manifest: ManifestEntry[] = [];
  #small: Uint8Array | undefined = new Uint8Array(0);
  #size = 0;

  /** `size` is that of the whole content; it must be given where that may be large. */
  constructor(size = 0) {
    this.#chunker = new Chunker(size);
  }

  /**
   * Returns the chunks that are complete. Their `data` may be a view of `bytes`, of this push or an earlier one: use
   * or copy it before `bytes` is used again.
   */
  push(bytes: Uint8Array): HashedChunk[] {
    this.#size += bytes.length;
    if (this.#small !== undefined) {
      if (this.#size <= INLINE_MAX_BYTES) {
        this.#small = this.#size === bytes.length ? bytes.slice() : Buffer.concat([this.#small, bytes]);
        return [];
      }
      const first = this.#small;
      this.#small = undefined;
      return [...this.#chunk(first), ...this.#chunk(bytes)];
    }
    return this.#chunk(bytes);
  }

  /** The last chunk, if any, and what the whole content is. The hasher is used up. */
  finish(): { readonly chunks: readonly HashedChunk[]; readonly content: HashedContent } {
    if (this.#size === 0) return { chunks: [], content: { kind: 'none', hash: '', size: 0 } };
    if (this.#small !== undefined) {
      const bytes = this.#small;
      return { chunks: [], content: { kind: 'inline', hash: sha256(bytes), size: bytes.length, bytes } };
    }
    const rest = this.#chunker.finish();
    const chunks = rest === undefined ? [] : [this.#record(rest)];
    const hash = sha256(encodeManifest(this.#manifest));
    return { chunks, content: { kind: 'chunks', hash, size: this.#size, chunks: this.#manifest } };
  }

  #chunk(bytes: Uint8Array): HashedChunk[] {
    return this.#chunker.push(bytes).map((data) => this.#record(data));
  }

  #record(data: Uint8Array): HashedChunk {
    const hash = sha256(data);
    this.#manifest.push({ hash, size: data.length });
    return { hash, size: data.length, data };
  }
}

/** Hashes a content that is in memory; what it returns are views of `bytes`. */
export function hashContent(bytes: Uint8Array): {
  readonly chunks: readonly HashedChunk[];
  readonly content: HashedContent;
} {
  if (bytes.length > 0 && bytes.length <= INLINE_MAX_BYTES) {
    return { chunks: [], content: { kind: 'inline', hash: sha256(bytes), size: bytes.length, bytes } };
  }
  const hasher = new ContentHasher(bytes.length);
  const chunks = hasher.push(bytes);
  const end = hasher.finish();
  return { chunks: [...chunks, ...end.chunks], content: end.content };
}

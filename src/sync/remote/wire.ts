/**
 * How values look on the way to the remote and back: codes of kinds, hex of identities, and rows packed into few
 * values. Pure.
 *
 * Every bound value is wrapped on its own, so new rows go up as one JSON array and one blob: 22–34 k against 12–20 k
 * rows/s with a value a column.
 */
import { InvariantError } from '../../base/index.js';
import type { NodeKind } from '../core/tree.js';

const KINDS: readonly (NodeKind | undefined)[] = [
  undefined,
  'file',
  'directory',
  'symlink',
  'fifo',
  'socket',
  'block',
  'character',
];

export const DIRECTORY_KIND = 2;

export function kindCode(kind: NodeKind): number {
  return KINDS.indexOf(kind);
}

export function kindOfCode(code: number): NodeKind | undefined {
  return KINDS[code];
}

/** Takes blobs and says where each stands in the one they become, as SQLite's substr counts (from 1). */
export class BlobPacker {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): number {
    const offset = this.#length + 1;
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return offset;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts, this.#length);
  }
}

/** A UUID with or without its dashes as 32 hex digits, or undefined. */
export function uuidHex(uuid: string): string | undefined {
  const hex = uuid.replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(hex) ? hex : undefined;
}

/** The same for a UUID that was made here. */
export function commitIdOf(uuid: string): string {
  const hex = uuidHex(uuid);
  if (hex === undefined) throw new InvariantError(`${uuid} is no UUID`);
  return hex;
}

/** A BLOB cell; libsql gives ArrayBuffers. */
export function bytesOfCell(cell: unknown): Uint8Array | undefined {
  if (cell instanceof ArrayBuffer) return new Uint8Array(cell);
  return cell instanceof Uint8Array ? cell : undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined where these bytes are no UTF-8. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

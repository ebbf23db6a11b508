/**
 * Turns rows that a remote sent into nodes and entries, believing none of it. Pure.
 *
 * Each function returns the good value or a reason; a caller puts the reason into quarantine and goes on. Content is
 * decoded and its hash compared here, so nothing behind this file sees unverified bytes.
 */
import { entryNameProblem } from '../../base/index.js';
import { type NodeKind, type NodeVersion, ROOT_NODE } from '../core/tree.js';
import {
  CHUNK_MAX_BYTES,
  decode,
  decodeManifest,
  INLINE_MAX_BYTES,
  type ManifestEntry,
  sha256,
} from '../transfer/index.js';
import type { NodeContent } from './types.js';
import { bytesOfCell, kindOfCode, textOfBytes } from './wire.js';

/** A reason is a string; everything else is good. */
export type Checked<T extends object> = T | string;

const ID = /^[0-9a-f]{32}$/;
const TARGET_MAX_BYTES = 4095;
const XATTRS_MAX_BYTES = 1024 * 1024;
const XATTR_LINE = /^[^=\0\n]{1,255}=(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const U32 = 0xffffffff;

export function isNodeId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

function within(value: number | undefined, low: number, high: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high;
}

export function entryProblem(parent: unknown, name: unknown, node: unknown): string | undefined {
  if (!isNodeId(parent)) return 'its parent is no node id';
  if (typeof name !== 'string') return 'its name is not UTF-8';
  const problem = entryNameProblem(name);
  if (problem !== undefined) return `its name is not allowed (${problem})`;
  if (node === null) return undefined;
  if (!isNodeId(node)) return 'its node is no node id';
  if (node === ROOT_NODE) return 'it means the root';
  return node === parent ? 'it means its own parent' : undefined;
}

function xattrsProblem(xattrs: string): string | undefined {
  if (xattrs === '') return undefined;
  if (xattrs.length > XATTRS_MAX_BYTES) return 'its extended attributes are too large';
  const lines = xattrs.endsWith('\n') ? xattrs.slice(0, -1).split('\n') : xattrs.split('\n');
  return lines.every((line) => XATTR_LINE.test(line)) ? undefined : 'its extended attributes are malformed';
}

export interface CheckedNode {
  readonly state: NodeVersion;
  readonly content: NodeContent;
}

export interface StoredNode {
  /**
   * From `from` on: the id, kind, mode, uid, gid, rdev, size, mtime's seconds and nanoseconds, encoding, edit time, hash,
   * and the extended attributes as hex.
   */
  readonly fields: readonly string[];
  readonly from: number;
  readonly revision: number;
  readonly agent: string;
}

/** `stored`: the bytes of the content, a view of the page. It is asked for every file of a first pull: nothing is copied. */
export function checkNode(node: StoredNode, stored: Uint8Array | undefined): Checked<CheckedNode> {
  const { fields, from, revision, agent } = node;
  const mode = Number(fields[from + 2]);
  const uid = Number(fields[from + 3]);
  const gid = Number(fields[from + 4]);
  const rdev = Number(fields[from + 5]);
  const size = Number(fields[from + 6]);
  const mtimeSec = Number(fields[from + 7]);
  const mtimeNsec = Number(fields[from + 8]);
  const encoding = Number(fields[from + 9]);
  const editedAtMs = Number(fields[from + 10]);
  const hash = fields[from + 11] ?? '';
  const xattrsHex = fields[from + 12] ?? '';
  const kind = kindOfCode(Number(fields[from + 1]));
  if (kind === undefined) return 'its kind is not known';
  if (!within(mode, 0, 0o7777)) return 'its mode is out of range';
  if (!within(uid, 0, U32) || !within(gid, 0, U32)) return 'its owner is out of range';
  if (!within(rdev, 0, U32)) return 'its device number is out of range';
  if (!within(size, 0, Number.MAX_SAFE_INTEGER)) return 'its size is out of range';
  if (!within(mtimeSec, -(2 ** 40), 2 ** 40) || !within(mtimeNsec, 0, 999_999_999)) {
    return 'its time is out of range';
  }
  if (!within(editedAtMs, -(2 ** 50), 2 ** 50)) return 'its edit time is out of range';
  const xattrs = xattrsHex === '' ? '' : textOfBytes(Buffer.from(xattrsHex, 'hex'));
  if (xattrs === undefined) return 'its extended attributes are not UTF-8';
  const problem = xattrsProblem(xattrs);
  if (problem !== undefined) return problem;
  const content = checkContent({ kind, size, hash, encoding }, stored);
  if (typeof content === 'string') return content;
  const state = {
    kind,
    mode,
    uid,
    gid,
    rdev,
    size,
    mtimeSec,
    mtimeNsec,
    hash,
    xattrs,
    revision,
    agent,
    editedAtMs,
  };
  return { state, content };
}

function checkContent(
  declared: {
    readonly kind: NodeKind;
    readonly size: number;
    readonly hash: string;
    readonly encoding: number;
  },
  stored: Uint8Array | undefined,
): Checked<NodeContent> {
  const { kind, size, hash } = declared;
  if (kind === 'symlink') return checkTarget(stored, size, hash);
  if (kind !== 'file' || size === 0) {
    if (size !== 0 || hash !== '') return 'it has a size or a hash, but its kind has no content';
    return { kind: 'none' };
  }
  if (size <= INLINE_MAX_BYTES) {
    // A copy: a view would keep the page alive, and would be sent whole to another thread.
    const bytes = stored === undefined ? undefined : decode(declared.encoding, stored, size)?.slice();
    if (bytes === undefined) return 'its content does not have its size';
    return sha256(bytes) === hash ? { kind: 'inline', bytes } : 'its content does not have its hash';
  }
  const chunks = stored === undefined ? undefined : decodeManifest(stored, size);
  if (stored === undefined || chunks === undefined) return 'its list of chunks is malformed';
  return sha256(stored) === hash ? { kind: 'chunks', chunks } : 'its list of chunks does not have its hash';
}

function checkTarget(bytes: Uint8Array | undefined, size: number, hash: string): Checked<NodeContent> {
  const target = bytes === undefined ? undefined : textOfBytes(bytes);
  if (bytes === undefined || target === undefined || target === '' || target.includes('\0')) {
    return 'its target is not allowed';
  }
  if (bytes.length > TARGET_MAX_BYTES || bytes.length !== size) return 'its target does not have its size';
  return sha256(bytes) === hash ? { kind: 'target', target } : 'its target does not have its hash';
}

/** The decoded bytes of a stored chunk, or a reason. */
export function checkChunk(
  reference: ManifestEntry,
  stored: { readonly size: unknown; readonly encoding: unknown; readonly data: unknown },
): Checked<Uint8Array> {
  const data = bytesOfCell(stored.data);
  if (data === undefined || typeof stored.encoding !== 'number') return 'its row is malformed';
  if (stored.size !== reference.size || reference.size > CHUNK_MAX_BYTES) {
    return 'it does not have the declared size';
  }
  const bytes = decode(stored.encoding, data, reference.size);
  if (bytes === undefined) return 'it cannot be decoded to its size';
  return sha256(bytes) === reference.hash ? bytes : 'its bytes do not have its hash';
}

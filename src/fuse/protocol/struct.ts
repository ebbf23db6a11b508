/**
 * How a fixed struct of the FUSE protocol is described: its fields in order, with the types of uapi/linux/fuse.h.
 *
 * Invariants: fields are laid out as the C compiler does it (each at a multiple of its own size) and the whole is
 * little-endian, as on every machine that Node runs on. A description is the one truth: the hot path takes its
 * word indexes from it once, at load, and `encode` and `decode` here are the slow, generic readers that tests and
 * tools use. Pure.
 */
import { InvariantError } from '../../base/index.js';

/** `o64` is 64 bits that nobody here interprets (unique, lock_owner). `pad` is bytes that mean nothing. */
export type FieldType = 'u16' | 'u32' | 'i32' | 'u64' | 'i64' | 'o64' | `pad${number}`;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Bytes from the beginning of the struct. */
  readonly offset: number;
  readonly size: number;
}

export interface Struct<K extends string = string> {
  /** The C name. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** Bytes. */
  readonly size: number;
  readonly offsets: Readonly<Record<K, number>>;
}

/** The value of every field, 64-bit ones as bigint. */
export type Values = Readonly<Record<string, number | bigint>>;

function sizeOf(type: FieldType): number {
  if (type === 'u16') return 2;
  if (type === 'u32' || type === 'i32') return 4;
  if (type === 'u64' || type === 'i64' || type === 'o64') return 8;
  return Number(type.slice(3));
}

/** Describes a struct by its fields in order. */
export function struct<const F extends Readonly<Record<string, FieldType>>>(
  name: string,
  description: F,
): Struct<keyof F & string> {
  const fields: Field[] = [];
  const offsets: Record<string, number> = {};
  let offset = 0;
  for (const [field, type] of Object.entries(description)) {
    const size = sizeOf(type);
    if (!type.startsWith('pad') && offset % size !== 0) {
      throw new InvariantError(`${name}.${field} is not aligned`);
    }
    fields.push({ name: field, type, offset, size });
    offsets[field] = offset;
    offset += size;
  }
  return { name, fields, size: offset, offsets: offsets as Record<keyof F & string, number> };
}

/** Bytes of `struct` that hold `values`; what is absent is 0. */
export function encode(layout: Struct, values: Values): Buffer {
  const bytes = Buffer.alloc(layout.size);
  for (const { name, type, offset } of layout.fields) {
    const value = values[name] ?? 0;
    if (type === 'u16') bytes.writeUInt16LE(Number(value), offset);
    else if (type === 'u32') bytes.writeUInt32LE(Number(value), offset);
    else if (type === 'i32') bytes.writeInt32LE(Number(value), offset);
    else if (type === 'i64') bytes.writeBigInt64LE(BigInt(value), offset);
    else if (type === 'u64' || type === 'o64') bytes.writeBigUInt64LE(BigInt(value), offset);
  }
  return bytes;
}

/** The inverse of `encode`; padding is left out. */
export function decode<K extends string>(
  layout: Struct<K>,
  bytes: Buffer,
  at = 0,
): Record<K, number | bigint> {
  const values: Record<string, number | bigint> = {};
  for (const { name, type, offset } of layout.fields) {
    if (type === 'u16') values[name] = bytes.readUInt16LE(at + offset);
    else if (type === 'u32') values[name] = bytes.readUInt32LE(at + offset);
    else if (type === 'i32') values[name] = bytes.readInt32LE(at + offset);
    else if (type === 'i64') values[name] = bytes.readBigInt64LE(at + offset);
    else if (type === 'u64' || type === 'o64') values[name] = bytes.readBigUInt64LE(at + offset);
  }
  return values as Record<K, number | bigint>;
}

/**
 * A method's params, read with their types checked: they came from another process. Every reader throws
 * INVALID_ARGUMENT that names the method and the param. Pure.
 */
import { AgentFsError, type Timespec } from '../../../base/index.js';
import { MAX_DATA_BYTES } from '../../../rpc/index.js';
import type { Encoding, TimeChange } from '../service.js';

export class Arguments {
  readonly method: string;
  readonly values: Readonly<Record<string, unknown>>;

  constructor(method: string, values: Readonly<Record<string, unknown>>) {
    this.method = method;
    this.values = values;
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  string(name: string): string {
    const value = this.values[name];
    if (typeof value !== 'string') throw this.wrong(name, 'a string');
    return value;
  }

  optionalString(name: string): string | undefined {
    return this.has(name) ? this.string(name) : undefined;
  }

  flag(name: string, otherwise = false): boolean {
    const value = this.values[name] ?? otherwise;
    if (typeof value !== 'boolean') throw this.wrong(name, 'true or false');
    return value;
  }

  integer(name: string, range: { readonly min?: number; readonly max?: number } = {}): number {
    const value = this.values[name];
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = range;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw this.wrong(name, `an integer from ${min} to ${max}`);
    }
    return value;
  }

  optionalInteger(
    name: string,
    range: { readonly min?: number; readonly max?: number } = {},
  ): number | undefined {
    return this.has(name) ? this.integer(name, range) : undefined;
  }

  oneOf<T extends string>(name: string, choices: readonly T[], otherwise?: T): T {
    const value = this.values[name] ?? otherwise;
    const choice = choices.find((one) => one === value);
    if (choice !== undefined) return choice;
    throw this.wrong(name, `one of ${choices.join(', ')}`);
  }

  /** Raw bytes, or a string in `encoding` (utf8 where it is absent). */
  bytes(name: string): Uint8Array {
    const value = this.values[name];
    if (value instanceof Uint8Array) return value;
    if (typeof value !== 'string') throw this.wrong(name, 'bytes or a string');
    const encoding: Encoding = this.oneOf<Encoding>('encoding', ['utf8', 'base64'], 'utf8');
    const bytes = Buffer.from(value, encoding);
    if (bytes.length > MAX_DATA_BYTES) throw this.wrong(name, `at most ${MAX_DATA_BYTES} bytes`);
    return bytes;
  }

  /** The result's `data` in the encoding that was asked for. */
  encode(bytes: Uint8Array): Uint8Array | string {
    if (!this.has('encoding')) return bytes;
    const encoding = this.oneOf('encoding', ['utf8', 'base64']);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);
  }

  time(name: string): TimeChange {
    const value = this.values[name];
    if (value === 'now') return value;
    const { sec = Number.NaN, nsec = Number.NaN } = (value ?? {}) as Partial<Timespec>;
    if (!Number.isSafeInteger(sec) || !Number.isSafeInteger(nsec) || nsec < 0 || nsec > 999_999_999) {
      throw this.wrong(name, `'now' or {sec, nsec}`);
    }
    return { sec, nsec };
  }

  wrong(name: string, expected: string): AgentFsError {
    return new AgentFsError('INVALID_ARGUMENT', `${this.method}: '${name}' must be ${expected}`, {
      operation: this.method,
    });
  }
}

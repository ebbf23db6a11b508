/**
 * The messages of libSQL's protocol (hrana 3 over HTTP, as protobuf) that a batch needs: a request out, results in. Pure.
 *
 * After https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md. The client library writes each level of
 * a request into memory of its own, which copies a commit of 4 MiB six times and doubles it on the way; here a request is
 * measured and then written once. Nothing that is received is believed: what does not fit is a SyntaxError, an integer
 * that no number holds a RangeError.
 */
import type { InValue } from '@libsql/client';
import type { Result, ResultRow, Statement } from './statement.js';

/** What may keep a statement from running: `after` it another one went well, and a transaction is open. */
interface Step extends Statement {
  readonly condition?:
    | { readonly kind: 'after'; readonly step: number }
    | { readonly kind: 'not-after'; readonly step: number }
    | { readonly kind: 'inside'; readonly step: number };
  readonly wantsRows: boolean;
}

/** What a server said of a statement that failed. */
export interface StatementError {
  readonly message: string;
  readonly code: string;
}

/** Of one step: neither where its condition kept it from running. */
export interface StepResult {
  result?: Result;
  error?: StatementError;
}

const NOT_RUN: StepResult = {};

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

/** The steps of one transaction: BEGIN, each statement if the one before went well, COMMIT, else ROLLBACK. */
export function transaction(statements: readonly Statement[], mode: 'read' | 'write'): readonly Step[] {
  const begin = mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN TRANSACTION READONLY';
  const commit = statements.length + 1;
  return [
    { sql: begin, args: [], wantsRows: false },
    ...statements.map(
      ({ sql, args }, index): Step => ({
        sql,
        args,
        condition: { kind: 'inside', step: index },
        wantsRows: true,
      }),
    ),
    { sql: 'COMMIT', args: [], condition: { kind: 'inside', step: commit - 1 }, wantsRows: false },
    { sql: 'ROLLBACK', args: [], condition: { kind: 'not-after', step: commit }, wantsRows: false },
  ];
}

/** A request that runs these as one batch on a stream of its own. */
export function encodeBatch(steps: readonly Step[]): Uint8Array<ArrayBuffer> {
  const packed = steps.map((step) => new PackedStep(step));
  const batch = packed.reduce((sum, { length }) => sum + delimited(length), 0);
  const request = delimited(batch);
  const writer = new Writer(delimited(delimited(request)) + delimited(delimited(0)));
  // StreamRequest.batch.batch
  writer.begin(2, delimited(request));
  writer.begin(3, request);
  writer.begin(1, batch);
  for (const step of packed) step.write(writer);
  // StreamRequest.close
  writer.begin(2, delimited(0));
  writer.begin(1, 0);
  return writer.bytes;
}

/** How long a field is that holds a message, text or bytes of so many bytes. */
function delimited(length: number): number {
  return 1 + varintLength(length) + length;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** One step with the lengths of its parts. */
class PackedStep {
  readonly length: number;
  readonly #step: Step;
  readonly #condition: Uint8Array | undefined;
  readonly #sqlLength: number;
  readonly #argLengths: readonly number[];
  readonly #statementLength: number;

  constructor(step: Step) {
    this.#step = step;
    this.#condition = conditionBytes(step.condition);
    this.#sqlLength = Buffer.byteLength(step.sql);
    this.#argLengths = step.args.map(valueLength);
    const args = this.#argLengths.reduce((sum, length) => sum + delimited(length), 0);
    this.#statementLength = delimited(this.#sqlLength) + args + 2;
    const condition = this.#condition === undefined ? 0 : delimited(this.#condition.length);
    this.length = condition + delimited(this.#statementLength);
  }

  write(writer: Writer): void {
    const { sql, args, wantsRows } = this.#step;
    writer.begin(1, this.length);
    if (this.#condition !== undefined) writer.data(1, this.#condition);
    writer.begin(2, this.#statementLength);
    writer.text(1, sql, this.#sqlLength);
    for (const [index, value] of args.entries()) {
      const length = this.#argLengths[index]!;
      writer.begin(3, length);
      writeValue(writer, value);
    }
    writer.flag(5, wantsRows);
  }
}

/** BatchCond: fields 1 `ok`, 3 `not`, 4 `and`, 6 `is_autocommit`. */
function conditionBytes(condition: Step['condition']): Uint8Array | undefined {
  if (condition === undefined) return undefined;
  const ok = [1 << 3, ...varint(condition.step)];
  if (condition.kind === 'after') return Uint8Array.from(ok);
  if (condition.kind === 'not-after') return Uint8Array.from(field(3, ok));
  return Uint8Array.from(field(4, [...field(1, ok), ...field(1, field(3, field(6, [])))]));
}

function field(tag: number, content: readonly number[]): number[] {
  return [(tag << 3) | DELIMITED, ...varint(content.length), ...content];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

function valueLength(value: InValue): number {
  if (value === null) return delimited(0);
  if (typeof value === 'number') return 9;
  if (typeof value === 'string') return delimited(Buffer.byteLength(value));
  if (value instanceof Uint8Array) return delimited(value.length);
  throw new TypeError('this is no value of a statement');
}

/** Value: fields 1 null, 3 float, 4 text, 5 blob. A whole number becomes an integer where a column says so. */
function writeValue(writer: Writer, value: InValue): void {
  if (value === null) writer.begin(1, 0);
  else if (typeof value === 'number') writer.number(3, value);
  else if (typeof value === 'string') writer.text(4, value, Buffer.byteLength(value));
  else writer.data(5, value as Uint8Array);
}

/** Writes fields one behind the other into memory of exactly their length. */
class Writer {
  readonly bytes: Buffer<ArrayBuffer>;
  #at = 0;

  constructor(length: number) {
    this.bytes = Buffer.from(new ArrayBuffer(length));
  }

  /** What follows is this long and belongs to the field. */
  begin(tag: number, length: number): void {
    this.bytes[this.#at++] = (tag << 3) | DELIMITED;
    let rest = length;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.bytes[this.#at++] = (rest & 0x7f) | 0x80;
    this.bytes[this.#at++] = rest;
  }

  text(tag: number, text: string, length: number): void {
    this.begin(tag, length);
    this.bytes.write(text, this.#at);
    this.#at += length;
  }

  data(tag: number, data: Uint8Array): void {
    this.begin(tag, data.length);
    this.bytes.set(data, this.#at);
    this.#at += data.length;
  }

  number(tag: number, value: number): void {
    this.bytes[this.#at] = (tag << 3) | FIXED_64;
    this.bytes.writeDoubleLE(value, this.#at + 1);
    this.#at += 9;
  }

  flag(tag: number, value: boolean): void {
    this.bytes[this.#at++] = (tag << 3) | VARINT;
    this.bytes[this.#at++] = value ? 1 : 0;
  }
}

/** What became of each of `count` steps; or the error of the whole batch. */
export function decodeBatch(answer: Uint8Array, count: number): StepResult[] | StatementError {
  const steps: StepResult[] = Array.from({ length: count }, () => NOT_RUN);
  let error: StatementError | undefined;
  let isAnswered = false;
  // PipelineRespBody.results: the batch's comes first, then that of the close.
  eachField(answer, {
    3: (result) =>
      eachField(bytes(result), {
        1: (response) =>
          eachField(bytes(response), {
            3: (batch) => {
              isAnswered = true;
              eachField(bytes(batch), { 1: (of) => readSteps(bytes(of), steps) });
            },
          }),
        2: (failure) => {
          error ??= readError(bytes(failure));
        },
      }),
  });
  if (isAnswered) return steps;
  if (error === undefined) throw new SyntaxError('no result of the batch');
  return error;
}

/** BatchResult: maps from a step's number to its result (1) and to its error (2). */
function readSteps(batch: Uint8Array, steps: StepResult[]): void {
  const entry = (of: Uint8Array, read: (value: Uint8Array) => StepResult): void => {
    let step = 0;
    let value: StepResult | undefined;
    eachField(of, {
      1: (key) => {
        step = Number(key);
      },
      2: (content) => {
        value = read(bytes(content));
      },
    });
    if (!(step < steps.length)) throw new SyntaxError('a result of no step');
    steps[step] = { ...steps[step], ...value };
  };
  eachField(batch, {
    1: (of) => entry(bytes(of), (result) => ({ result: readResult(result) })),
    2: (of) => entry(bytes(of), (error) => ({ error: readError(error) })),
  });
}

function readError(error: Uint8Array): StatementError {
  let message = '';
  let code = '';
  eachField(error, {
    1: (value) => {
      message = text(value);
    },
    2: (value) => {
      code = text(value);
    },
  });
  return { message, code };
}

/** StmtResult: fields 2 rows, 3 affected_row_count. */
function readResult(result: Uint8Array): Result {
  const rows: ResultRow[] = [];
  let rowsAffected = 0;
  eachField(result, {
    2: (row) => {
      const cells: unknown[] = [];
      eachField(bytes(row), { 1: (value) => cells.push(readValue(bytes(value))) });
      rows.push(cells);
    },
    3: (count) => {
      rowsAffected = Number(count);
    },
  });
  return { rows, rowsAffected };
}

function readValue(value: Uint8Array): unknown {
  let cell: unknown;
  eachField(value, {
    1: () => {
      cell = null;
    },
    2: (zigzag) => {
      const integer = zigzag as bigint;
      cell = Number((integer >> 1n) ^ -(integer & 1n));
      if (!Number.isSafeInteger(cell)) throw new RangeError('an integer that no number holds');
    },
    3: (float) => {
      const data = bytes(float);
      cell = Buffer.from(data.buffer, data.byteOffset, 8).readDoubleLE();
    },
    4: (string) => {
      cell = text(string);
    },
    // A copy: a view would keep the whole answer alive, and would be sent whole to another thread.
    5: (blob) => {
      cell = bytes(blob).slice();
    },
  });
  if (cell === undefined) throw new SyntaxError('a value of no type');
  return cell;
}

/** A field's content: an unsigned integer, or bytes (of a message, a text, a blob or a number of fixed length). */
type FieldValue = bigint | Uint8Array;

function bytes(value: FieldValue): Uint8Array {
  if (typeof value === 'bigint') throw new SyntaxError('an integer in the place of bytes');
  return value;
}

function text(value: FieldValue): string {
  const data = bytes(value);
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString();
}

/** Calls back for each field of a message that `readers` knows; the others are skipped. */
function eachField(
  message: Uint8Array,
  readers: { readonly [tag: number]: (value: FieldValue) => void },
): void {
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined || scale > 2 ** 63) throw new SyntaxError('a number without an end');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const readInteger = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined || shift > 63n) throw new SyntaxError('a number without an end');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
  };
  while (at < message.length) {
    const key = readVarint();
    const wireType = key % 8;
    let value: FieldValue;
    if (wireType === VARINT) value = readInteger();
    else {
      const length = wireType === DELIMITED ? readVarint() : wireType === FIXED_64 ? 8 : 4;
      if (wireType !== DELIMITED && wireType !== FIXED_64 && wireType !== FIXED_32)
        throw new SyntaxError('a field of no type');
      if (at + length > message.length) throw new SyntaxError('a field that is longer than its message');
      value = message.subarray(at, at + length);
      at += length;
    }
    readers[Math.floor(key / 8)]?.(value);
  }
}

/**
 * Frames: how messages are cut out of a stream of bytes. Pure.
 *
 * A reader holds at most one frame beyond what it was given, and throws before it allocates anything for a frame
 * over the limits, so that a hostile peer costs its own connection and nothing else. After a throw the stream has
 * no known boundary: the connection must be closed.
 */
import { AgentFsError } from '../base/index.js';
import { MAX_DATA_BYTES, MAX_JSON_BYTES } from './protocol.js';

const HEAD_BYTES = 8;

export interface Frame {
  readonly json: Buffer;
  /** The raw bytes after the JSON; empty where there are none. */
  readonly bytes: Buffer;
}

export interface FrameLimits {
  readonly jsonBytes: number;
  readonly dataBytes: number;
}

export const FRAME_LIMITS: FrameLimits = { jsonBytes: MAX_JSON_BYTES, dataBytes: MAX_DATA_BYTES };

/** The parts to write one after another; `bytes` is not copied, so it must not change until it is written. */
export function encodeFrame(
  json: string,
  bytes?: Uint8Array,
  limits: FrameLimits = FRAME_LIMITS,
): Uint8Array[] {
  const jsonLength = Buffer.byteLength(json);
  const dataLength = bytes?.byteLength ?? 0;
  assertWithin(jsonLength, dataLength, limits);
  const head = Buffer.allocUnsafe(HEAD_BYTES + jsonLength);
  head.writeUInt32BE(jsonLength, 0);
  head.writeUInt32BE(dataLength, 4);
  head.write(json, HEAD_BYTES);
  return bytes === undefined || dataLength === 0 ? [head] : [head, bytes];
}

export class FrameReader {
  readonly #limits: FrameLimits;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headFilled = 0;
  #body: Buffer | undefined;
  #bodyFilled = 0;

  constructor(limits: FrameLimits = FRAME_LIMITS) {
    this.#limits = limits;
  }

  /** True between frames: where a stream may end without loss. */
  get atBoundary(): boolean {
    return this.#headFilled === 0;
  }

  /** Yields every frame that `chunk` completes. Throws INVALID_ARGUMENT on a frame over the limits. */
  *push(chunk: Uint8Array): Generator<Frame> {
    let position = 0;
    while (position < chunk.length) {
      if (this.#body === undefined) {
        const taken = Math.min(HEAD_BYTES - this.#headFilled, chunk.length - position);
        this.#head.set(chunk.subarray(position, position + taken), this.#headFilled);
        this.#headFilled += taken;
        position += taken;
        if (this.#headFilled < HEAD_BYTES) return;
        const jsonLength = this.#head.readUInt32BE(0);
        const dataLength = this.#head.readUInt32BE(4);
        assertWithin(jsonLength, dataLength, this.#limits);
        this.#body = Buffer.allocUnsafe(jsonLength + dataLength);
        this.#bodyFilled = 0;
      }
      const body = this.#body;
      const taken = Math.min(body.length - this.#bodyFilled, chunk.length - position);
      body.set(chunk.subarray(position, position + taken), this.#bodyFilled);
      this.#bodyFilled += taken;
      position += taken;
      if (this.#bodyFilled < body.length) return;
      const jsonLength = this.#head.readUInt32BE(0);
      this.#headFilled = 0;
      this.#body = undefined;
      yield { json: body.subarray(0, jsonLength), bytes: body.subarray(jsonLength) };
    }
  }
}

function assertWithin(jsonLength: number, dataLength: number, limits: FrameLimits): void {
  if (jsonLength > 0 && jsonLength <= limits.jsonBytes && dataLength <= limits.dataBytes) return;
  throw new AgentFsError(
    'INVALID_ARGUMENT',
    `a message of ${jsonLength} + ${dataLength} bytes is not allowed`,
    {
      operation: 'frame message',
      hint: `At most ${limits.jsonBytes} bytes of JSON and ${limits.dataBytes} bytes of data; use ranges for more.`,
    },
  );
}

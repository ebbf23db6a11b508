/**
 * The lines of a text file that fit an answer, read piece by piece: a file of any size costs as much memory as is shown.
 */
import type { Readable } from 'node:stream';

/** About 16 000 tokens: much of a model's attention, little of its window. */
export const ANSWER_CHARACTERS = 64 * 1024;
const LINE_CHARACTERS = 4096;
/** As git and grep decide: text has no NUL near its beginning. */
const LOOK_BYTES = 8192;

export interface TextWindow {
  readonly lines: readonly string[];
  /** Number of the first line in `lines`, from 1. */
  readonly first: number;
  /** The line to go on with, or undefined where the file ends. */
  readonly next: number | undefined;
  /** Lines of which only the beginning is shown. */
  readonly shortened: readonly number[];
}

export function looksBinary(beginning: Uint8Array): boolean {
  return beginning.subarray(0, LOOK_BYTES).includes(0);
}

/** Lines without their ends, numbered from 1. A last line feed ends a line and begins none. */
export async function* linesOf(pieces: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const piece of pieces as AsyncIterable<Uint8Array>) {
    const text = rest + decoder.decode(piece, { stream: true });
    const lines = text.split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

export async function readWindow(
  pieces: Readable,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<TextWindow> {
  const lines: string[] = [];
  const shortened: number[] = [];
  let number = 0;
  let characters = 0;
  for await (const line of linesOf(pieces)) {
    number += 1;
    if (number < offset) continue;
    const shown = line.length > LINE_CHARACTERS ? line.slice(0, LINE_CHARACTERS) : line;
    if (lines.length === limit || (lines.length > 0 && characters + shown.length > ANSWER_CHARACTERS))
      return { lines, first: offset, next: number, shortened };
    if (shown !== line) shortened.push(number);
    lines.push(shown);
    characters += shown.length + 1;
  }
  return { lines, first: offset, next: undefined, shortened };
}

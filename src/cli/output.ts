/**
 * Where a command's words go: results to stdout, asides to stderr, and with --json one document on stdout.
 *
 * A command either answers (a question was asked: shown even with -q) or has done something (a line of confirmation,
 * which -q leaves out). Nothing else in cli/ writes to the standard streams, except `fs cat` and what a run command prints.
 */
import { makePalette, type Palette } from './render/palette.js';

export interface Stream {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface OutputOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** False where --no-color or NO_COLOR forbids it; a stream that is no terminal never gets any. */
  readonly color: boolean;
}

export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** For stdout. */
  readonly palette: Palette;
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly #errorPalette: Palette;

  constructor(options: OutputOptions) {
    this.json = options.json;
    this.quiet = options.quiet;
    this.verbose = options.verbose;
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
    this.palette = makePalette(options.color && options.stdout.isTTY === true && !options.json);
    this.#errorPalette = makePalette(options.color && options.stderr.isTTY === true);
  }

  get isTerminal(): boolean {
    return this.#stdout.isTTY === true;
  }

  /** Whether a line that is redrawn on stderr is wanted. */
  get showsProgress(): boolean {
    return this.#stderr.isTTY === true && !this.json && !this.quiet;
  }

  /** Columns of the terminal; 80 where there is none. */
  get columns(): number {
    return this.#stdout.columns ?? 80;
  }

  /** The answer to a question: `data` with --json, else the text. */
  answer(data: unknown, text: () => string): void {
    if (this.json) this.#document(data);
    else this.#line(text());
  }

  /** Something was done: `data` with --json, else the text unless -q. */
  done(data: unknown, text: () => string): void {
    if (this.json) this.#document(data);
    else if (!this.quiet) this.#line(text());
  }

  /** An aside for the person, on stderr. */
  note(line: string): void {
    if (!this.quiet && !this.json) this.#stderr.write(`${line}\n`);
  }

  /** A line on stderr that the next one takes the place of, on a terminal only; undefined takes it away. */
  progress(line: string | undefined): void {
    if (this.quiet || this.json || this.#stderr.isTTY !== true) return;
    this.#stderr.write(`\r\u001b[2K${line ?? ''}`);
  }

  /** Something the person should not miss, on stderr, even with -q. */
  warn(line: string): void {
    if (!this.json) this.#stderr.write(`${this.#errorPalette.yellow('warning:')} ${line}\n`);
  }

  /** A failure: with --json a document, else what on one line and the remedy on the next. */
  failure(error: { readonly message: string; readonly hint?: string }, document: unknown): void {
    if (this.json) {
      this.#document({ error: document });
      return;
    }
    this.#stderr.write(`${this.#errorPalette.red('agentfs:')} ${error.message}\n`);
    if (error.hint !== undefined) this.#stderr.write(`${this.#errorPalette.dim('hint:')} ${error.hint}\n`);
  }

  /** Only with -v. */
  trace(text: string): void {
    if (this.verbose) this.#stderr.write(`${text}\n`);
  }

  /** Bytes as they are. */
  raw(data: Uint8Array | string): void {
    this.#stdout.write(data);
  }

  #document(data: unknown): void {
    this.#stdout.write(`${JSON.stringify(data, undefined, this.isTerminal ? 2 : undefined)}\n`);
  }

  #line(text: string): void {
    if (text !== '') this.#stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }
}

/**
 * What a command is: a description that costs nothing to load, and a module with its action that is imported when
 * the command runs.
 */
import type { CommandInput } from './command-input.js';
import type { Context } from './context.js';

export interface OptionSpec {
  /** As commander reads it: `--mode <mode>`, `-f, --foreground`, `--include <glob...>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** How the value is read; text where absent. */
  readonly type?: 'boolean' | 'integer';
  /** Inclusive, of an integer. */
  readonly range?: readonly [number, number];
}

export interface CommandSpec {
  /** The words that name it: `['sync', 'push']`. */
  readonly path: readonly string[];
  /** As commander reads them: `<workspace> [path]`. */
  readonly operands?: string;
  readonly summary: string;
  /** Paragraphs that follow the summary in --help. */
  readonly description?: string;
  readonly options?: readonly OptionSpec[];
  /** Whole command lines, without the prompt. */
  readonly examples: readonly string[];
  readonly load: () => Promise<CommandModule>;
}

export interface GroupSpec {
  readonly name: string;
  readonly summary: string;
}

export interface CommandModule {
  /** Returns the exit code; nothing is 0. Throws AgentFsError for everything a person can meet. */
  run(context: Context, input: CommandInput): Promise<number | undefined>;
}

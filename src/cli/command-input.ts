/**
 * A command's operands and options as read, with one typed way to each.
 *
 * Commander has checked counts, choices and numbers before; asking for what was not given returns undefined.
 */
import { AgentFsError } from '../base/index.js';

export type OptionValue = string | number | boolean | readonly string[] | undefined;

export class CommandInput {
  readonly #operands: readonly (string | readonly string[] | undefined)[];
  readonly #options: Readonly<Record<string, OptionValue>>;

  constructor(
    operands: readonly (string | readonly string[] | undefined)[],
    options: Readonly<Record<string, OptionValue>>,
  ) {
    this.#operands = operands;
    this.#options = options;
  }

  /** The operand at `index`. Throws USAGE where it is absent; the command line's own check comes first. */
  operand(index: number): string {
    const value = this.#operands[index];
    if (typeof value === 'string') return value;
    throw new AgentFsError('USAGE', 'an argument is missing', { hint: 'See --help.' });
  }

  optionalOperand(index: number): string | undefined {
    const value = this.#operands[index];
    return typeof value === 'string' ? value : undefined;
  }

  /** The operands that `<name...>` took. */
  restOperands(index: number): readonly string[] {
    const value = this.#operands[index];
    return typeof value === 'object' ? value : [];
  }

  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === 'string' ? value : undefined;
  }

  integer(name: string): number | undefined {
    const value = this.#options[name];
    return typeof value === 'number' ? value : undefined;
  }

  /** An option that takes true or false: undefined where it was not given. */
  choice(name: string): boolean | undefined {
    const value = this.#options[name];
    return typeof value === 'boolean' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  /** Empty where it was taken back: `--no-include`. */
  list(name: string): readonly string[] | undefined {
    const value = this.#options[name];
    if (value === false) return [];
    return typeof value === 'object' ? value : undefined;
  }
}

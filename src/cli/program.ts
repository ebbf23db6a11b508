/**
 * From the command line to a command's action and back to an exit code.
 *
 * Commander does the parsing; what it prints is taken over, so that wrong usage looks like every other failure (one
 * line what, one line hint, a document with --json) and exits with 2.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { AgentFsError } from '../base/index.js';
import { COMMANDS, GROUPS } from './catalogue/index.js';
import type { CommandSpec, OptionSpec } from './command.js';
import { CommandInput, type OptionValue } from './command-input.js';
import { Context } from './context.js';
import { EXIT_DONE } from './exit-codes.js';
import { reportFailure } from './failure.js';
import { Output } from './output.js';
import { version } from './version.js';

type Options = Record<string, OptionValue>;

/** The options that every command takes, before or after its name. */
const EVERYWHERE: readonly (readonly [flags: string, description: string])[] = [
  ['--json', 'print one JSON document'],
  ['-q, --quiet', 'say only what was asked for'],
  ['-v, --verbose', 'say more, on stderr'],
  ['--no-color', 'no colours (as NO_COLOR=1)'],
  ['--home <dir>', "this agent's state (as AGENTFS_HOME)"],
];
const EVERYWHERE_HELP = `\nOptions of every command:\n${EVERYWHERE.map(([flags, text]) => `  ${flags.padEnd(15)} ${text}`).join('\n')}`;

/** Runs `agentfs` with these arguments; resolves to the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const state = { exitCode: EXIT_DONE };
  const program = buildProgram(commandsNamedBy(args), async (spec, command, operands) => {
    const options = mergedOptions(command);
    const context = new Context({
      output: makeOutput(options),
      home: typeof options.home === 'string' ? options.home : undefined,
    });
    state.exitCode = await runCommand(spec, context, new CommandInput(operands, options));
  });
  dropBrokenPipe();
  try {
    await program.parseAsync(args, { from: 'user' });
    return state.exitCode;
  } catch (error) {
    return reportFailure(usageError(error, args), makeOutput(roughOptions(args)));
  }
}

/**
 * The one command that the arguments name, since making commander's objects for all of them takes longer than running
 * one; all of them where none is named exactly, for the help and for suggestions.
 */
function commandsNamedBy(args: readonly string[]): readonly CommandSpec[] {
  const [first, second] = args;
  const named = COMMANDS.find(({ path }) => path[0] === first && (path.length === 1 || path[1] === second));
  return named === undefined ? COMMANDS : [named];
}

async function runCommand(spec: CommandSpec, context: Context, input: CommandInput): Promise<number> {
  try {
    const { run } = await spec.load();
    return (await run(context, input)) ?? EXIT_DONE;
  } catch (error) {
    return reportFailure(error, context.output);
  } finally {
    await context.close();
  }
}

type Action = (
  spec: CommandSpec,
  command: Command,
  operands: readonly (string | string[] | undefined)[],
) => Promise<void>;

function buildProgram(commands: readonly CommandSpec[], action: Action): Command {
  const program = configure(new Command('agentfs'))
    .description('A real directory in one SQLite file, synced to Turso (libSQL) in the background.')
    .usage('<command> [options]')
    .version(version(), '-V, --version', 'print the version')
    // A command may have a --version of its own.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `${EVERYWHERE_HELP}\n\nExamples:\n` +
        '  $ agentfs mount my-workspace ~/work --create\n' +
        '  $ agentfs sync enable my-workspace --turso-db libsql://mydb-org.turso.io\n' +
        '  $ agentfs sync status my-workspace\n\n' +
        'Each command tells more with --help.',
    );
  const groups = new Map<string, Command>();
  for (const group of GROUPS) {
    const command = configure(program.command(group.name)).description(group.summary);
    groups.set(group.name, command.usage('<command> [options]'));
  }
  for (const spec of commands) {
    const parent = spec.path.length > 1 ? groups.get(spec.path[0] ?? '') : program;
    if (parent === undefined) throw new Error(`no group for the command ${spec.path.join(' ')}`);
    addCommand(parent, spec, action);
  }
  return program;
}

function addCommand(parent: Command, spec: CommandSpec, action: Action): void {
  const command = configure(parent.command(spec.path.at(-1) ?? ''));
  if (spec.operands !== undefined) command.arguments(spec.operands);
  command.summary(spec.summary);
  command.description(
    spec.description === undefined ? spec.summary : `${spec.summary}\n\n${flowing(spec.description)}`,
  );
  for (const option of spec.options ?? []) command.addOption(makeOption(option));
  command.addHelpText(
    'after',
    `${EVERYWHERE_HELP}\n\nExamples:\n${spec.examples.map((line) => `  $ ${line}`).join('\n')}`,
  );
  command.action(async (...given: unknown[]) => {
    // Commander calls with the operands, then the options, then the command.
    const operands = given.slice(0, -2) as (string | string[] | undefined)[];
    await action(spec, command, operands);
  });
}

/** Help is wrapped to the terminal: only an empty line ends a paragraph. */
function flowing(text: string): string {
  return text.replace(/(?<!\n)\n(?!\n)/g, ' ');
}

/** The operands as the help shows them: `<workspace> [dir]`. */
function operandsOf(command: Command): string {
  return command.registeredArguments
    .map((argument) => {
      const name = argument.name() + (argument.variadic ? '...' : '');
      return argument.required ? `<${name}>` : `[${name}]`;
    })
    .join(' ');
}

/** What holds for the program, each group and each command alike. */
function configure(command: Command): Command {
  command
    .exitOverride()
    .configureOutput({
      writeErr: () => undefined,
      outputError: () => undefined,
    })
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .allowExcessArguments(false)
    .configureHelp({ subcommandTerm: (sub) => `${sub.name()} ${operandsOf(sub)}`.trim() });
  for (const [flags, description] of EVERYWHERE) command.addOption(new Option(flags, description).hideHelp());
  return command;
}

function makeOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.type === 'boolean') option.choices(['true', 'false']);
  if (spec.type === 'integer') option.argParser((text) => parseInteger(text, spec.range));
  return option;
}

function parseInteger(text: string, range: readonly [number, number] | undefined): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (range === undefined ? Number.isSafeInteger(value) : value >= range[0] && value <= range[1])
    return value;
  const wanted = range === undefined ? 'a whole number' : `a whole number from ${range[0]} to ${range[1]}`;
  throw new InvalidArgumentError(`It takes ${wanted}.`);
}

/** The options of a command with those that stood before it (`agentfs --json sync status`). */
function mergedOptions(command: Command): Options {
  const merged: Options = {};
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const [name, value] of Object.entries(at.opts<Options>())) {
      if (name === 'color') merged.color = merged.color !== false && value !== false;
      else merged[name] ??= asBoolean(at, name, value);
    }
  }
  return merged;
}

/** `--compression true` is a choice for commander and a boolean for us. */
function asBoolean(command: Command, name: string, value: OptionValue): OptionValue {
  const choices = command.options.find((option) => option.attributeName() === name)?.argChoices;
  return choices?.join() === 'true,false' ? value === 'true' : value;
}

/** The options of every command, for a line that commander did not accept. */
function roughOptions(args: readonly string[]): Options {
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  return { json: before.includes('--json'), color: !before.includes('--no-color') };
}

function makeOutput(options: Options): Output {
  return new Output({
    stdout: process.stdout,
    stderr: process.stderr,
    json: options.json === true,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    color: options.color !== false && (process.env.NO_COLOR ?? '') === '',
  });
}

/** What commander threw as an error of ours; undefined where it only printed the help or the version. */
function usageError(error: unknown, args: readonly string[]): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return undefined;
  if (error.code === 'commander.help') {
    return new AgentFsError('USAGE', 'a command is missing', { hint: 'See agentfs --help.' });
  }
  const [what = '', suggestion] = error.message.split('\n');
  const list = args.find((arg) => arg === '--include' || arg === '--exclude');
  if (error.code === 'commander.missingArgument' && list !== undefined) {
    const hint = `${list} takes all that follows it: give the workspace before it.`;
    return new AgentFsError('USAGE', what.replace(/^error: /, ''), { hint });
  }
  return new AgentFsError('USAGE', what.replace(/^error: /, '').replace(/\.$/, ''), {
    hint: suggestion === undefined ? 'See --help.' : suggestion.replace(/^\(|\)$/g, ''),
  });
}

/** `agentfs … | head` ends quietly. */
function dropBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT_DONE);
  });
}

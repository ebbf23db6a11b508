/**
 * `agentfs sync resolve --interactive`: shows each conflict and asks what to do with it.
 *
 * Each answer is carried out before the next question, so Ctrl-C or the end of the input leaves the rest as it was. What is
 * decided is what was shown: where it has changed since, it is shown again.
 */
import { AgentFsError } from '../base/index.js';
import type { Conflict, ResolveStrategy, ResolveTarget, Workspace } from '../sdk/typescript/index.js';
import type { Context } from './context.js';
import { EXIT_CONFLICTS, EXIT_DONE, EXIT_INTERRUPTED } from './exit-codes.js';
import { LineInput } from './line-input.js';
import { DIFF_LINES, KEYS, renderKeys, renderVersions } from './render/conflict.js';
import { plural } from './render/quantities.js';
import { printable } from './render/table.js';

const QUESTION = `[${KEYS.map(([key]) => key).join('/')}, ? for help] `;
const STRATEGIES: ReadonlyMap<string, ResolveStrategy> = new Map([
  ['l', 'local'],
  ['r', 'remote'],
  ['b', 'both'],
  ['m', 'merge'],
]);
/** The conflict is another one by now, or none: it is looked up again. */
const MOVED: ReadonlySet<string> = new Set(['SYNC_CONFLICT_CHANGED', 'SYNC_CONFLICT_GONE']);
/** It is the same conflict, and this answer will not do. */
const REFUSED: ReadonlySet<string> = new Set(['SYNC_CONFLICT_WAITS', 'SYNC_UNMERGEABLE']);

type Ending = 'next' | 'quit' | 'interrupt';

export async function resolveByAsking(
  context: Context,
  workspace: Workspace,
  wanted: { readonly paths: readonly string[]; readonly target: ResolveTarget },
): Promise<number> {
  if (context.output.json)
    throw new AgentFsError('USAGE', 'questions cannot be asked with --json', {
      hint: 'Decide with --strategy; `sync conflicts --json` lists what waits.',
    });
  const dialog = new Dialog(context, workspace, wanted);
  try {
    return await dialog.run();
  } finally {
    dialog.close();
  }
}

class Dialog {
  readonly #context: Context;
  readonly #workspace: Workspace;
  readonly #target: ResolveTarget;
  readonly #paths: readonly string[];
  readonly #input: LineInput;
  #resolved = 0;
  #knowsKeys = false;

  constructor(
    context: Context,
    workspace: Workspace,
    { paths, target }: { readonly paths: readonly string[]; readonly target: ResolveTarget },
  ) {
    this.#context = context;
    this.#workspace = workspace;
    this.#paths = paths;
    this.#target = target;
    this.#input = new LineInput((text) => context.output.raw(text));
  }

  close(): void {
    this.#input.close();
  }

  async run(): Promise<number> {
    let waiting = await this.#waiting();
    const passed = new Set<string>();
    const total = waiting.length;
    let ending: Ending = 'next';
    for (let number = 1; ending === 'next'; number += 1) {
      const conflict = waiting.find(({ id }) => !passed.has(id));
      if (conflict === undefined) break;
      passed.add(conflict.id);
      const title = `Conflict ${Math.min(number, total)} of ${total}`;
      ending = await this.#decide(conflict, title);
      waiting = await this.#waiting();
    }
    const left = plural(waiting.length, 'conflict');
    this.#say(total === 0 ? 'No conflicts' : `Resolved ${this.#resolved}; ${left} left as before`);
    if (ending === 'interrupt') return EXIT_INTERRUPTED;
    return waiting.length > 0 ? EXIT_CONFLICTS : EXIT_DONE;
  }

  /** Asks until this conflict is decided, passed over or gone. */
  async #decide(first: Conflict, title: string): Promise<Ending> {
    let conflict = first;
    await this.#show(conflict, title, DIFF_LINES);
    for (;;) {
      if (!this.#knowsKeys) this.#say(renderKeys());
      this.#knowsKeys = true;
      const answer = await this.#input.ask(QUESTION);
      if (answer.kind !== 'line') {
        this.#say('');
        return answer.kind === 'end' ? 'quit' : 'interrupt';
      }
      const key = answer.line.trim().toLowerCase().slice(0, 1);
      const strategy = STRATEGIES.get(key);
      if (key === 's') return 'next';
      if (key === 'q') return 'quit';
      if (key === 'd') await this.#show(conflict, title, Number.POSITIVE_INFINITY);
      else if (strategy === undefined) this.#say(renderKeys());
      else {
        const outcome = await this.#resolve(conflict, strategy);
        if (outcome === 'done') return 'next';
        if (outcome === 'asked again') continue;
        const now = (await this.#waiting()).find(({ path }) => path === conflict.path);
        if (now === undefined) return 'next';
        conflict = now;
        await this.#show(conflict, `${title}, as it is now`, DIFF_LINES);
      }
    }
  }

  async #resolve(conflict: Conflict, strategy: ResolveStrategy): Promise<'done' | 'moved' | 'asked again'> {
    try {
      await this.#workspace.sync.resolve(conflict, { strategy }, this.#target);
      this.#resolved += 1;
      this.#say(`Resolved ${printable(conflict.path)}: ${strategy}`);
      return 'done';
    } catch (error) {
      if (!(error instanceof AgentFsError)) throw error;
      if (!MOVED.has(error.code) && !REFUSED.has(error.code)) throw error;
      this.#say(printable(error.message));
      return MOVED.has(error.code) ? 'moved' : 'asked again';
    }
  }

  async #show(conflict: Conflict, title: string, lines: number): Promise<void> {
    const { palette } = this.#context.output;
    try {
      const contents = await this.#workspace.sync.compare(conflict, this.#target.remote);
      this.#say(`\n${renderVersions(contents, { title, palette, lines })}`);
    } catch (error) {
      if (!(error instanceof AgentFsError) || error.code !== 'SYNC_CONFLICT_GONE') throw error;
      this.#say(printable(error.message));
    }
  }

  async #waiting(): Promise<readonly Conflict[]> {
    const all = await this.#workspace.sync.conflicts(this.#target.remote);
    if (this.#paths.length === 0) return all;
    return all.filter(({ path }) => this.#paths.some((top) => path === top || path.startsWith(`${top}/`)));
  }

  #say(text: string): void {
    this.#context.output.raw(`${text}\n`);
  }
}

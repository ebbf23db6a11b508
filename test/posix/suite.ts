/**
 * Runs cases over a directory, one after the other, and tells what came of each.
 *
 * This process never touches the directory, which may be a mount that it serves: the actors do. They stay from case to
 * case, since starting one costs more than most cases; a case that breaks one gets new ones after it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Actor, ActorProcess } from './actor.js';
import type { Case, Ground, Need, Person } from './case.js';

/** Why a case is expected to fail on a ground, by its title. */
export type Gaps = Readonly<Record<string, string>>;

export interface SuiteOptions {
  /** An existing directory; absolute. */
  readonly directory: string;
  readonly cases: readonly Case[];
  readonly full?: boolean;
  readonly gaps?: Gaps;
}

export interface Outcome {
  readonly title: string;
  /** `gap`: it failed as declared. */
  readonly result: 'ok' | 'failed' | 'gap' | 'skipped';
  /** Of all but `ok`. */
  readonly why?: string;
}

/** How long one call may take, in milliseconds; of the full sizes. */
const CALL_LIMIT_MS = 90_000;
const FULL_CALL_LIMIT_MS = 300_000;

const REASON_LINES = 30;
const REASON_COLUMNS = 200;

const WAYS_OUT = 'remove it from the table';

/** Runs everything; `tell` hears of each case as it ends. Rejects where the directory cannot be used at all. */
export async function runSuite(
  options: SuiteOptions,
  tell: (outcome: Outcome) => void | Promise<void>,
): Promise<void> {
  const titles = new Set(options.cases.map(({ title }) => title));
  if (titles.size < options.cases.length) throw new Error('two cases have one title');
  const company = new Company(options.full === true ? FULL_CALL_LIMIT_MS : CALL_LIMIT_MS);
  const base = join(options.directory, `posix-${process.pid}`);
  try {
    const host = await company.main();
    await host.mkdir(base, 0o755);
    // Whatever the umask of the caller: other users must be able to enter.
    await host.chmod(base, 0o755);
    const lacks = await missingNeeds(company, base);
    for (const [index, one] of options.cases.entries()) {
      const unmet = one.needs?.find((need) => lacks.has(need));
      if (unmet !== undefined) {
        await tell({ title: one.title, result: 'skipped', why: lacks.get(unmet)! });
        continue;
      }
      const directory = join(base, String(index));
      const failure = await runCase(company, one, { directory, full: options.full === true });
      await tell(judge(one.title, failure, options.gaps?.[one.title]));
    }
    await (await company.main()).reset('/');
    const removed = await (await company.main()).run('rm', '-rf', base);
    if (removed.code !== 0) throw new Error(`what the suite made cannot be removed: ${removed.err}`);
  } finally {
    company.close();
  }
}

function judge(title: string, failure: Error | undefined, gap: string | undefined): Outcome {
  if (gap === undefined) {
    return failure === undefined
      ? { title, result: 'ok' }
      : { title, result: 'failed', why: reason(failure) };
  }
  if (failure !== undefined) return { title, result: 'gap', why: gap };
  return { title, result: 'failed', why: `works, and is declared a gap (${gap}): ${WAYS_OUT}` };
}

function reason(failure: Error): string {
  const at = failure.stack?.split('\n').find((line) => line.includes('/cases/'));
  const lines = failure.message.split('\n').slice(0, REASON_LINES);
  const said = lines.map((line) => line.slice(0, REASON_COLUMNS)).join('\n');
  return `${said}${at === undefined ? '' : `\n${at.trim()}`}`;
}

async function runCase(
  company: Company,
  one: Case,
  place: { directory: string; full: boolean },
): Promise<Error | undefined> {
  const { directory, full } = place;
  const host = await company.main();
  try {
    await host.mkdir(directory, 0o755);
    await host.reset(directory);
    const entered = async (process: Promise<Actor>): Promise<Actor> => {
      const actor = await process;
      await actor.reset(directory);
      return actor;
    };
    const ground: Ground = {
      fs: host,
      directory,
      full,
      process: (number) => entered(company.process(String(number))),
      as: (person) => entered(company.person(person)),
    };
    await one.run(ground);
    return undefined;
  } catch (error) {
    company.dismiss();
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await company.leave();
  }
}

async function missingNeeds(company: Company, base: string): Promise<Map<Need, string>> {
  const lacks = new Map<Need, string>();
  if (process.getuid?.() !== 0) {
    lacks.set('root', 'needs root');
    lacks.set('users', 'needs root, to act as other users');
    return lacks;
  }
  const stranger = await company.person({ uid: 54_399, gid: 54_399, groups: [] });
  const enters = await stranger.chdir(base).then(
    () => true,
    () => false,
  );
  if (!enters) lacks.set('users', 'other users cannot enter the directory');
  return lacks;
}

/** The processes of a run, by what they are. */
class Company {
  readonly #members = new Map<string, ActorProcess>();
  readonly #active = new Set<string>();
  readonly #limitMs: number;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  main(): Promise<Actor> {
    return this.process('main');
  }

  async process(name: string): Promise<Actor> {
    this.#active.add(name);
    const member = this.#members.get(name) ?? new ActorProcess(this.#limitMs);
    this.#members.set(name, member);
    return member.actor;
  }

  async person(person: Person): Promise<Actor> {
    const name = `user ${person.uid}`;
    const known = this.#members.has(name);
    const actor = await this.process(name);
    if (!known) await actor.become(person.uid, person.gid, person.groups);
    return actor;
  }

  /** Whoever took part leaves the directory of the case, and gives back what it had open. */
  async leave(): Promise<void> {
    for (const name of this.#active)
      await this.#members
        .get(name)
        ?.actor.reset('/')
        .catch(() => undefined);
    this.#active.clear();
  }

  /** Ends those who still wait for a call: nobody will answer it. */
  dismiss(): void {
    for (const name of this.#active) {
      const member = this.#members.get(name);
      if (member?.idle !== false) continue;
      member.close();
      this.#members.delete(name);
    }
  }

  close(): void {
    for (const member of this.#members.values()) member.close();
    this.#members.clear();
  }
}

/** The type of the filesystem that a directory is on, as the mount table names it. Does not look at the directory. */
export function filesystemOf(directory: string): string {
  let best = { length: -1, type: 'unknown' };
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before, after] = line.split(' - ');
    const mountpoint = before?.split(' ')[4];
    if (mountpoint === undefined || after === undefined) continue;
    const inside =
      directory === mountpoint || directory.startsWith(mountpoint === '/' ? '/' : `${mountpoint}/`);
    if (inside && mountpoint.length >= best.length)
      best = { length: mountpoint.length, type: after.split(' ')[0]! };
  }
  return best.type;
}

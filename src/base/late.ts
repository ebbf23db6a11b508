/**
 * Parts of a program that are loaded late: when they are first needed, and in a process that stays, ahead of that.
 *
 * A command ends soon and loads what it needs. An owner stays for weeks; meanwhile its package may be replaced beneath it,
 * and its file descriptors may run out. So it calls `loadAhead` once it serves, and has everything in memory soon after.
 * Node keeps an import that has failed for ever, even one that only wanted a descriptor (seen with Node 20): therefore none is
 * begun without descriptors for all the files that it may open at once. Each thread has parts of its own.
 */
import { closeSync, openSync } from 'node:fs';
import { AgentFsError, systemFailure } from './errors.js';

/** Descriptors that must be free for one import: Node opens the files of one level of imports at once. */
const ROOM = 32;
/** What the process was started for comes first, milliseconds. */
const DELAY_MS = 500;
/** Between two tries without descriptors. */
const RETRY_MS = 1000;

export interface Late<Part> {
  /**
   * Loads the part, once. Throws EMFILE or ENFILE, after which it may be asked again, and INTERNAL where only a new process
   * can have it.
   */
  (): Promise<Part>;
  /** It will be needed: a process that loads ahead loads it. */
  expect(): void;
}

/** What is to be loaded ahead, in this order. */
const expected = new Set<() => Promise<unknown>>();
let report: ((error: unknown) => void) | undefined;
let isLoading = false;

/** Wraps `() => import(…)`. `ahead: false`: not every process that stays needs it (`expect`). */
export function late<Part>(
  load: () => Promise<Part>,
  { ahead = true }: { readonly ahead?: boolean } = {},
): Late<Part> {
  let loaded: Promise<Part> | undefined;
  const part = (): Promise<Part> => {
    loaded ??= loadNow(load).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
  const expect = (): void => {
    expected.add(part);
    if (loadsAhead()) void loadExpected(DELAY_MS);
  };
  if (ahead) expect();
  return Object.assign(part, { expect });
}

/**
 * From now on this thread has in memory what it may need: what is known by now, one part after the other, what those bring,
 * and what becomes known later. Resolves when nothing is left to load. `onFailure` is told of what cannot be loaded.
 */
export async function loadAhead(
  options: { readonly onFailure?: (error: unknown) => void; readonly delayMs?: number } = {},
): Promise<void> {
  report = options.onFailure ?? (() => {});
  await loadExpected(options.delayMs ?? DELAY_MS);
}

/** Whether this thread does, so that those it starts may do the same. */
export function loadsAhead(): boolean {
  return report !== undefined;
}

async function loadExpected(delayMs: number): Promise<void> {
  if (isLoading) return;
  isLoading = true;
  await pause(delayMs);
  // What is added meanwhile comes to its turn too.
  for (const part of expected) {
    expected.delete(part);
    try {
      await part();
    } catch (error) {
      if (isPassing(error)) {
        expected.add(part);
        await pause(RETRY_MS);
      } else report?.(error);
    }
    await pause(0);
  }
  isLoading = false;
}

async function loadNow<Part>(load: () => Promise<Part>): Promise<Part> {
  assertRoom();
  try {
    return await load();
  } catch (cause) {
    if (cause instanceof AgentFsError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new AgentFsError('INTERNAL', `a part of AgentFS could not be loaded: ${message}`, {
      operation: 'load',
      hint: 'Its files have changed or gone since this process began: stop it (agentfs stop WORKSPACE) and begin anew; if that does not help, install AgentFS again.',
      cause,
    });
  }
}

/** Throws EMFILE or ENFILE, with a remedy. The root is there in every namespace; a machine may have no /dev/null. */
function assertRoom(): void {
  const held: number[] = [];
  try {
    while (held.length < ROOM) held.push(openSync('/', 'r'));
  } catch (cause) {
    const refusal = systemFailure(cause);
    // Anything else says nothing of descriptors.
    if (refusal === undefined || !isPassing(refusal)) return;
    const { code, hint = '' } = refusal;
    const message = `${code}: too few file descriptors are left to load a part of AgentFS`;
    throw new AgentFsError(code, message, { operation: 'load', hint, cause });
  } finally {
    for (const descriptor of held) closeSync(descriptor);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof AgentFsError && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/** Keeps no process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/**
 * Carries out the cases of the conformance list (test/sdk/conformance/*.json; CONTRIBUTING.md says what its words mean). What
 * is called for a method of the protocol is told by the face: surface.ts.
 */
import { deepStrictEqual, match, ok } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentFsError } from '#src/sdk/typescript/index.js';

const LIST = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'sdk', 'conformance');
const PATIENCE_MS = 20_000;

type Json = unknown;
type Variables = Readonly<Record<string, Json>>;

export interface Step {
  readonly agent?: string;
  readonly call?: string;
  readonly with?: Readonly<Record<string, Json>>;
  readonly raw?: boolean;
  readonly times?: number;
  readonly gives?: Json;
  readonly fails?: Json;
  readonly while?: string;
  readonly keep?: Readonly<Record<string, string>>;
  readonly do?: string;
  readonly hears?: string;
}

export interface Case {
  readonly title: string;
  readonly needs?: readonly string[];
  readonly steps: readonly Step[];
}

export interface Face {
  call(agent: string, step: Step & { readonly call: string }, params: Record<string, Json>): Promise<Json>;
  do(agent: string, what: string): Promise<void>;
  hears(agent: string, event: string): Promise<Json>;
}

export function cases(): Case[] {
  return readdirSync(LIST)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      const list = JSON.parse(readFileSync(join(LIST, name), 'utf8')) as {
        readonly beginnings?: Readonly<Record<string, readonly Step[]>>;
        readonly cases: readonly (Case & { readonly begin?: string })[];
      };
      return list.cases.map(({ begin, ...rest }) => ({
        ...rest,
        title: `${name.replace('.json', '')}: ${rest.title}`,
        steps: [...(begin === undefined ? [] : list.beginnings![begin]!), ...rest.steps],
      }));
    });
}

export async function runCase({ steps }: Case, face: Face, given: Variables): Promise<void> {
  let variables = given;
  for (const step of steps) {
    const agent = step.agent ?? 'a';
    try {
      if (step.do !== undefined) await face.do(agent, step.do);
      else if (step.hears !== undefined)
        check(await face.hears(agent, step.hears), filled(step.gives ?? {}, variables));
      else {
        const each = Array.from({ length: step.times ?? 1 }, (_, i) => ({ ...variables, i }));
        const [result] = await Promise.all(
          each.map((names) => runCall(step as Step & { call: string }, { agent, face, variables: names })),
        );
        for (const [name, place] of Object.entries(step.keep ?? {}))
          variables = { ...variables, [name]: found(result, place) };
      }
    } catch (error) {
      throw new Error(`${error}\nin the step ${JSON.stringify(step)}`, { cause: error });
    }
  }
}

async function runCall(
  step: Step & { readonly call: string },
  { agent, face, variables }: { readonly agent: string; readonly face: Face; readonly variables: Variables },
): Promise<Json> {
  const params = filled(step.with ?? {}, variables) as Record<string, Json>;
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    let result: Json;
    try {
      result = await face.call(agent, step, params);
    } catch (error) {
      if (!(error instanceof AgentFsError)) throw error;
      if (error.code === step.while) {
        ok(performance.now() < endMs, `it still fails with ${error.code}`);
        continue;
      }
      if (step.fails === undefined) throw error;
      const { code, message, path, hint, data } = error;
      check({ code, message, path, hint, data }, filled(step.fails, variables), 'error');
      return null;
    }
    if (step.fails !== undefined) throw new Error(`it did not fail, and gave ${JSON.stringify(result)}`);
    if (step.gives !== undefined) check(result, filled(step.gives, variables));
    return result;
  }
}

/** With variables for their names, and bytes for their descriptions. */
function filled(value: Json, variables: Variables): Json {
  if (typeof value === 'string') {
    const whole = /^\$\{(\w+)\}$/.exec(value);
    if (whole !== null) return variables[whole[1]!];
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => String(variables[name]));
  }
  if (Array.isArray(value)) return value.map((one) => filled(one, variables));
  if (typeof value !== 'object' || value === null) return value;
  const { $text, $string, $hex, $repeat, times } = value as Record<string, string>;
  if ($text !== undefined) return Buffer.from(String(filled($text, variables)));
  if ($string !== undefined) return String(filled($string, variables));
  if ($hex !== undefined) return Buffer.from($hex, 'hex');
  if ($repeat !== undefined) return Buffer.from($repeat.repeat(Number(times)));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one, variables)]));
}

/** Throws where `told` is not as `expected` says. */
function check(told: Json, expected: Json, place = 'result'): void {
  if (expected instanceof Uint8Array) {
    ok(told instanceof Uint8Array, `${place} is no bytes: ${told}`);
    const isSame = Buffer.compare(told, expected) === 0;
    ok(isSame, `${place} is ${told.length} bytes: ${Buffer.from(told.subarray(0, 40))}`);
  } else if (Array.isArray(expected)) {
    ok(Array.isArray(told) && told.length === expected.length, `${place} is ${JSON.stringify(told)}`);
    expected.forEach((one, index) => {
      check(told[index], one, `${place}.${index}`);
    });
  } else if (typeof expected === 'object' && expected !== null) {
    const [word = '', value] = Object.entries(expected)[0] ?? [];
    if (word.startsWith('$')) {
      checkWord(word, { told, value, place });
      return;
    }
    ok(typeof told === 'object' && told !== null, `${place} is ${told}`);
    for (const [name, one] of Object.entries(expected))
      check((told as Record<string, Json>)[name], one, `${place}.${name}`);
  } else deepStrictEqual(told ?? null, expected, `${place} is ${JSON.stringify(told)}`);
}

const KINDS: Readonly<Record<string, (told: Json) => boolean>> = {
  string: (told) => typeof told === 'string' && told !== '',
  integer: (told) => Number.isInteger(told),
  time: (told) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(told)),
};

function checkWord(
  word: string,
  { told, value, place }: { readonly told: Json; readonly value: Json; readonly place: string },
): void {
  const shown = `${place} is ${JSON.stringify(told)}`;
  switch (word) {
    case '$any':
      ok(KINDS[value as string]!(told), shown);
      return;
    case '$matches':
      match(told as string, new RegExp(value as string), shown);
      return;
    case '$atLeast':
      ok((told as number) >= (value as number), shown);
      return;
    case '$length':
      ok(Array.isArray(told) && told.length === value, shown);
      return;
    case '$unordered':
      ok(Array.isArray(told) && told.length === (value as Json[]).length, shown);
      checkWord('$includes', { told, value, place });
      return;
    case '$includes': {
      const left = [...(told as Json[])];
      for (const one of value as Json[]) {
        const index = left.findIndex((candidate) => fits(candidate, one));
        ok(index >= 0, `nothing in ${place} is as ${JSON.stringify(one)}: ${JSON.stringify(told)}`);
        left.splice(index, 1);
      }
      return;
    }
    default:
      throw new Error(`the list has an unknown word: ${word}`);
  }
}

function fits(told: Json, expected: Json): boolean {
  try {
    check(told, expected);
    return true;
  } catch {
    return false;
  }
}

function found(result: Json, place: string): Json {
  return place.split('.').reduce((value, name) => (value as Record<string, Json>)[name], result);
}

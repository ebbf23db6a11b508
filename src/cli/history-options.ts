/**
 * The options that name a place in the past. Only what was given; what it means is found by the engine.
 */
import type { CommandInput } from './command-input.js';

export function remoteOf(input: CommandInput): { readonly remote?: string } {
  const remote = input.text('remote');
  return remote === undefined ? {} : { remote };
}

export function placeOf(input: CommandInput): { readonly at?: string; readonly version?: string } {
  const [at, version] = [input.text('at'), input.text('version')];
  return { ...(at === undefined ? {} : { at }), ...(version === undefined ? {} : { version }) };
}

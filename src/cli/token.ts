/**
 * The token of a remote, from where the person put it: `--token`, else `--token-file`, else AGENTFS_TOKEN, else
 * TURSO_AUTH_TOKEN. It is never printed.
 */
import { readFileSync } from 'node:fs';
import { AgentFsError } from '../base/index.js';
import { environmentToken } from '../workspace/index.js';
import type { CommandInput } from './command-input.js';

const STANDARD_INPUT = 0;

/** Undefined where none was given anywhere. Throws USAGE for a file that cannot be read or holds no token. */
export function readToken(input: CommandInput): string | undefined {
  return readGivenToken(input) ?? environmentToken();
}

/** The token of the command line alone. Throws as `readToken` does. */
export function readGivenToken(input: CommandInput): string | undefined {
  const given = input.text('token');
  const file = input.text('tokenFile');
  if (given !== undefined && file !== undefined) {
    throw new AgentFsError('USAGE', '--token and --token-file exclude each other', {
      hint: 'Give one of them.',
    });
  }
  if (given !== undefined) return nonEmpty(given, '--token');
  if (file !== undefined) return nonEmpty(readTokenFile(file), file === '-' ? 'standard input' : file);
  return undefined;
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8');
  } catch (cause) {
    throw new AgentFsError('USAGE', `the token file cannot be read: ${(cause as Error).message}`, {
      path: file,
      hint: 'Give a file that this user can read, or - for standard input.',
      cause,
    });
  }
}

function nonEmpty(text: string, from: string): string {
  const token = text.trim();
  if (token !== '') return token;
  throw new AgentFsError('USAGE', `the token from ${from} is empty`, {
    hint: 'A token of Turso: turso db tokens create <database>.',
  });
}

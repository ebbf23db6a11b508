/**
 * How the person can call this program again.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** `agentfs` where it is on PATH, else Node with the path of its entry. */
export function commandName(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    // npm puts node_modules/.bin on PATH for its scripts only.
    .filter((folder) => folder !== '' && !folder.includes('node_modules'))
    .some((folder) => existsSync(join(folder, 'agentfs')));
  return onPath ? 'agentfs' : `node ${process.argv[1] ?? 'dist/cli/main.js'}`;
}

/** Where the native addon lies: a prebuilt one is preferred to what the set-up compiled. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Absolute; undefined where there is none, as outside of Linux. */
export function addonPath(): string | undefined {
  return [
    join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'agentfs.node'),
    join(root, 'native', 'build', 'agentfs.node'),
  ].find((candidate) => existsSync(candidate));
}

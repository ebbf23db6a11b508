/**
 * The entry of a background owner: `node dist/daemon/main.js --home DIR --workspace NAME [--create] [--no-sync]
 * [--cache-bytes N] [--foreground]`. Programs start it with `startOwner`; people use the CLI.
 *
 * What became of the start is told to the starter over the IPC channel where there is one; else on stderr.
 */
import { parseArgs } from 'node:util';
import { toErrorJson } from '../rpc/index.js';
import type { OwnerMessage } from '../sdk/typescript/index.js';
import { resolveHome } from '../workspace/index.js';
import { runBackgroundOwner } from './background-owner.js';
import { compileLate } from './compile-late.js';

function tell(message: OwnerMessage): void {
  if (process.send === undefined || !process.connected) {
    if (message.type === 'failed') process.stderr.write(`agentfs: ${message.error.message}\n`);
    return;
  }
  // A starter that has gone in the meantime is no reason to stop.
  process.send(message, undefined, undefined, () => {});
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      workspace: { type: 'string' },
      create: { type: 'boolean', default: false },
      foreground: { type: 'boolean', default: false },
      'no-sync': { type: 'boolean', default: false },
      'cache-bytes': { type: 'string' },
    },
  });
  const cacheBytes = values['cache-bytes'];
  process.umask(0o077);
  return await runBackgroundOwner({
    home: resolveHome(values.home),
    workspace: values.workspace ?? '',
    create: values.create,
    foreground: values.foreground,
    schedule: !values['no-sync'],
    cacheSizeBytes: cacheBytes === undefined ? undefined : Number(cacheBytes),
    ready: () => tell({ type: 'ready' }),
  });
}

compileLate();
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    tell({ type: 'failed', error: toErrorJson(error) });
    process.exitCode = 1;
    if (process.connected) process.once('disconnect', () => process.exit(1));
    setTimeout(() => process.exit(1), 2000).unref();
  },
);

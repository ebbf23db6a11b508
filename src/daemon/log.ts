/**
 * The background owner's log: one JSON line an event, to owner.log, or to stderr in the foreground.
 *
 * The file is turned over at 1 MiB and one old one is kept, so it is bounded. Values under names that hold secrets are
 * cut out on the way, though nothing should hand one in.
 */
import { renameSync } from 'node:fs';
import pino from 'pino';
import type { OwnerLog } from '../sdk/typescript/owner/index.js';

const FILE_MAX_BYTES = 1024 * 1024;
const SECRETS = ['token', '*.token', 'authToken', '*.authToken', 'authorization', '*.authorization'];

export interface ClosableLog extends OwnerLog {
  /** Everything logged so far is written. */
  flush(): void;
}

/** `file` undefined: stderr. */
export function openLog(file: string | undefined): ClosableLog {
  const target = file === undefined ? 2 : file;
  const destination = pino.destination({ dest: target, sync: true, mode: 0o600, append: true });
  const logger = pino(
    { base: { pid: process.pid }, redact: SECRETS, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  let written = 0;
  const turnOver = (message: string): void => {
    written += message.length + 200;
    if (file === undefined || written < FILE_MAX_BYTES) return;
    written = 0;
    try {
      renameSync(file, `${file}.1`);
      destination.reopen();
    } catch {
      // A log that cannot be turned over goes on as it is.
    }
  };
  return {
    info: (message, facts) => {
      turnOver(message);
      logger.info(facts ?? {}, message);
    },
    warn: (message, facts) => {
      turnOver(message);
      logger.warn(facts ?? {}, message);
    },
    error: (message, facts) => {
      turnOver(message);
      logger.error(facts ?? {}, message);
    },
    flush: () => destination.flushSync(),
  };
}

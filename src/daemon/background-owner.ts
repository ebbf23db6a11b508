/**
 * One background owner's life: take the workspace over, serve it, end in order when told to or when nobody needs it.
 *
 * Signals: the first SIGTERM, SIGINT or SIGHUP unmounts (also what is in use), flushes and closes; a second one ends the
 * process at once, and what was not flushed is lost as in a crash. A mistake of ours (an uncaught error) is logged and
 * ends it in order too.
 */
import { loadAhead } from '../base/index.js';
import { defaultParts, Owner, type OwnerParts } from '../sdk/typescript/owner/index.js';
import type { Vfs } from '../vfs/index.js';
import { Registry } from '../workspace/index.js';
import { Idle } from './idle.js';
import { type ClosableLog, openLog } from './log.js';
import { Mounts } from './mounts.js';
import { takeOver } from './take-over.js';

const FIRST_NEED_MS = 10_000;
/** Long enough for the next command of a script; short enough that `umount` leaves nothing behind for long. */
const LINGER_MS = 300;
const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

export interface BackgroundOwnerOptions {
  readonly home: string;
  readonly workspace: string;
  readonly create: boolean;
  readonly foreground: boolean;
  readonly schedule: boolean;
  readonly cacheSizeBytes: number | undefined;
  /** The owner answers. */
  ready(): void;
}

/** Resolves with the exit code when the owner has ended. Throws what it could not begin for. */
export async function runBackgroundOwner(options: BackgroundOwnerOptions): Promise<number> {
  const record = await new Registry(options.home).get(options.workspace);
  const log = openLog(options.foreground ? undefined : record.logFile);
  const parts: OwnerParts<Vfs> = { ...defaultParts, openMounts: (context) => new Mounts(context) };
  let idle: Idle | undefined;
  const owner = await takeOver(record, () =>
    Owner.open(record, {
      kind: 'background',
      parts: parts as OwnerParts,
      create: options.create,
      schedule: options.schedule,
      log,
      changed: () => idle?.look(),
      ...(options.cacheSizeBytes === undefined ? {} : { cacheSizeBytes: options.cacheSizeBytes }),
    }),
  );
  idle = new Idle({
    reasons: () => owner.staysFor(),
    end: () => void owner.stop({ reason: 'nothing needs it' }).catch(() => {}),
    firstMs: FIRST_NEED_MS,
    lingerMs: LINGER_MS,
  });
  const code = endOnSignals(owner, log);
  log.info('owner is ready', { workspace: record.name, database: owner.database, socket: owner.socketPath });
  idle.look();
  options.ready();
  loadAhead({
    onFailure: (error) => log.warn('a part could not be loaded ahead', { error: String(error) }),
  }).then(() => log.info('all that may be needed is loaded'));
  await owner.closed;
  idle.cancel();
  log.flush();
  return code();
}

/** Returns what asks for the exit code. */
function endOnSignals(owner: Owner, log: ClosableLog): () => number {
  let code = 0;
  let signalled = false;
  const end = (reason: string): void => {
    owner.stop({ force: true, reason }).catch((error: unknown) => {
      log.error('could not end in order', { error: String(error) });
      code = 1;
    });
  };
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (signalled) {
        log.warn(`ended at once by a second ${signal}`);
        process.exit(128 + number);
      }
      signalled = true;
      end(signal);
    });
  }
  const onMistake = (error: unknown): void => {
    log.error('unexpected failure', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    code = 1;
    end('an unexpected failure');
  };
  process.on('uncaughtException', onMistake);
  process.on('unhandledRejection', onMistake);
  return () => code;
}

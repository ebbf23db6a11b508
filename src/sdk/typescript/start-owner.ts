/**
 * Starting a background owner: a process of its own that outlives its starter, and telling the starter how it went.
 *
 * The child says over an IPC channel that it is ready or why it is not, then the channel is closed. Its output goes to
 * owner.log. Tokens reach it only through the environment or the credentials file, never as arguments.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AgentFsError, type ErrorJson } from '../../base/index.js';
import { errorFromJson } from '../../rpc/index.js';
import type { WorkspaceRecord } from '../../workspace/index.js';
import { ownerOf } from './owner-probe.js';
import type { OwnerInfo } from './service.js';
import { isSilent, isSuspended } from './silent-owner.js';

const MAIN = fileURLToPath(new URL('../../daemon/main.js', import.meta.url));
const START_TIMEOUT_MS = 30_000;
/** The log is turned over when it is larger at a start. */
const LOG_MAX_BYTES = 1024 * 1024;
const LOG_TAIL_LINES = 5;

export interface StartOwnerOptions {
  /** Make the database where there is none. */
  readonly create?: boolean;
  readonly cacheSizeBytes?: number;
  /** Run the remotes' schedules (default). */
  readonly schedule?: boolean;
  /** Stay attached: log to this process's stderr, and end when nothing needs the owner any more. */
  readonly foreground?: boolean;
  /** Another entry than dist/daemon/main.js. */
  readonly entry?: string;
}

export interface StartedOwner {
  readonly pid: number;
  /** True where this call started it; false where one ran already. */
  readonly started: boolean;
  /** In the foreground: the child, which gets the terminal's signals itself. */
  readonly child?: ChildProcess;
  /** In the foreground: the exit code, 128 + signal where one ended it. */
  readonly exited?: Promise<number>;
}

export type OwnerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: ErrorJson };

/**
 * Makes sure that a background owner runs; one in some program hands over to it. Throws what the owner failed with
 * (DATABASE_…, WORKSPACE_BUSY, …), or OWNER_UNREACHABLE where it died without a word.
 */
export async function startOwner(
  workspace: WorkspaceRecord,
  options: StartOwnerOptions = {},
): Promise<StartedOwner> {
  // An owner that does not answer may be one that was killed and cannot die: the new one finds out and frees it.
  // One that is suspended can be freed by nobody but whoever suspended it.
  const running = await ownerOf(workspace).catch((error: unknown) => {
    if (isSilent(error) && !isSuspended(error)) return undefined;
    throw error;
  });
  if (running?.kind === 'background') {
    if (options.foreground !== true) return { pid: running.pid, started: false };
    throw new AgentFsError(
      'WORKSPACE_BUSY',
      `process ${running.pid} owns '${workspace.name}' in the background`,
      {
        operation: 'start owner',
        hint: `Stop it first: agentfs stop ${workspace.name}`,
      },
    );
  }
  const child =
    options.foreground === true ? spawnAttached(workspace, options) : spawnDetached(workspace, options);
  try {
    await readiness(child, workspace);
  } catch (error) {
    // Somebody else started one at the same time: that one will do.
    const winner = options.foreground === true ? undefined : await winnerOf(workspace, error);
    if (winner === undefined) throw error;
    return { pid: winner.pid, started: false };
  }
  if (options.foreground === true) {
    return { pid: child.pid!, started: true, child, exited: exitOf(child) };
  }
  child.unref();
  return { pid: child.pid!, started: true };
}

async function winnerOf(workspace: WorkspaceRecord, error: unknown): Promise<OwnerInfo | undefined> {
  if (!(error instanceof AgentFsError) || error.code !== 'WORKSPACE_BUSY') return undefined;
  const owner = await ownerOf(workspace).catch(() => undefined);
  return owner?.kind === 'background' ? owner : undefined;
}

function spawnDetached(workspace: WorkspaceRecord, options: StartOwnerOptions): ChildProcess {
  turnOver(workspace.logFile);
  const log = openSync(workspace.logFile, 'a', 0o600);
  try {
    return spawn(process.execPath, argumentsOf(workspace, options), {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}

function spawnAttached(workspace: WorkspaceRecord, options: StartOwnerOptions): ChildProcess {
  return spawn(process.execPath, [...argumentsOf(workspace, options), '--foreground'], {
    cwd: '/',
    stdio: ['ignore', 2, 2, 'ipc'],
  });
}

function argumentsOf(workspace: WorkspaceRecord, options: StartOwnerOptions): string[] {
  return [
    options.entry ?? MAIN,
    '--home',
    workspace.home,
    '--workspace',
    workspace.name,
    ...(options.create === true ? ['--create'] : []),
    ...(options.schedule === false ? ['--no-sync'] : []),
    ...(options.cacheSizeBytes === undefined ? [] : ['--cache-bytes', String(options.cacheSizeBytes)]),
  ];
}

function readiness(child: ChildProcess, workspace: WorkspaceRecord): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      child.removeAllListeners('message');
      child.removeAllListeners('exit');
      child.removeAllListeners('error');
      if (child.connected) child.disconnect();
      if (error === undefined) resolve();
      else reject(error);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      finish(silent(workspace, `said nothing for ${START_TIMEOUT_MS} ms`));
    }, START_TIMEOUT_MS);
    child.once('error', (cause) => finish(silent(workspace, `could not be started: ${cause.message}`)));
    child.once('exit', (code, signal) => finish(silent(workspace, `ended (${signal ?? code})`)));
    child.on('message', (message: OwnerMessage) => {
      finish(message.type === 'ready' ? undefined : errorFromJson(message.error));
    });
  });
}

function silent(workspace: WorkspaceRecord, what: string): AgentFsError {
  const tail = tailOf(workspace.logFile);
  return new AgentFsError('OWNER_UNREACHABLE', `the background owner of '${workspace.name}' ${what}`, {
    operation: 'start owner',
    path: workspace.logFile,
    hint: tail === '' ? `Look into ${workspace.logFile}` : `Its log ends with: ${tail}`,
  });
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
    const done = (code: number | null, signal: NodeJS.Signals | null): void =>
      resolve(code ?? 128 + (SIGNALS[signal ?? ''] ?? 0));
    if (child.exitCode !== null || child.signalCode !== null) done(child.exitCode, child.signalCode);
    else child.once('exit', done);
  });
}

function turnOver(file: string): void {
  try {
    if (statSync(file).size > LOG_MAX_BYTES) renameSync(file, `${file}.1`);
  } catch {
    // There is no log yet.
  }
}

function tailOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-LOG_TAIL_LINES).join(' | ');
  } catch {
    return '';
  }
}

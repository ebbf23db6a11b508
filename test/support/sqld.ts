/**
 * A real libSQL server for a test: sqld with JWT authentication, on a free port, in a fresh folder.
 *
 * It ends with the test process whatever happens to that: a small shell waits on a pipe that closes when we are gone,
 * kills the server and removes its folder. `startSqld` resolves when the server answers; a test stops it in a teardown.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';

export interface SqldOptions {
  /** Default true; without it every request is let in. */
  readonly auth?: boolean;
  /** Further arguments of sqld. */
  readonly args?: readonly string[];
}

export interface TokenOptions {
  /** `rw` (default) or `ro`. */
  readonly access?: 'rw' | 'ro';
  /** Seconds from now; negative has expired. Default an hour. */
  readonly expiresIn?: number;
}

export interface Sqld {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Its folder: the databases and the log. */
  readonly directory: string;
  token(options?: TokenOptions): Promise<string>;
  /** Kills it, gives it another key and starts it: what tokens there are is accepted no longer. */
  revokeTokens(): Promise<void>;
  /** As a crash: SIGKILL, the folder stays. */
  kill(): Promise<void>;
  /** Kills it if it runs, and starts it again on the same folder and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 15_000;
const HEALTH_TIMEOUT_MS = 1000;
/** stdin open: go on. A line and the end: kill, keep the folder. The end alone: kill, remove the folder. */
const KEEPER = `
log="$1"; dir="$2"; shift 2
"$@" >>"$log" 2>&1 & pid=$!
if read -r line; then kill -9 $pid; wait $pid; else kill -9 $pid; wait $pid; rm -rf "$dir"; fi 2>/dev/null
`;

function sqldBinary(): string {
  const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'sqld.mjs');
  const line = execFileSync(process.execPath, [script, '--path'], { encoding: 'utf8' });
  return line.trim();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export async function startSqld(options: SqldOptions = {}): Promise<Sqld> {
  const binary = sqldBinary();
  const dir = mkdtempSync(join(tmpdir(), 'agentfs-sqld-'));
  const key = generateKeyPairSync('ed25519');
  const keyFile = join(dir, 'jwt-key.pem');
  writePublicKey(keyFile, key.publicKey);
  const log = join(dir, 'sqld.log');
  for (let attempt = 0; ; attempt++) {
    const port = await freePort();
    const command = [
      ...[binary, '--no-welcome', '-d', join(dir, 'data'), '--http-listen-addr', `127.0.0.1:${port}`],
      ...(options.auth === false ? [] : ['--auth-jwt-key-file', keyFile]),
      ...(options.args ?? []),
    ];
    const server = new Server({ port, dir, log, command, keyFile }, key.privateKey);
    try {
      await server.start();
      return server;
    } catch (error) {
      // Someone may have taken the port in between.
      await server.kill();
      if (attempt < 2) continue;
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }
}

interface ServerSetup {
  readonly port: number;
  readonly dir: string;
  readonly log: string;
  readonly command: readonly string[];
  readonly keyFile: string;
}

function writePublicKey(file: string, key: KeyObject): void {
  writeFileSync(file, key.export({ type: 'spki', format: 'pem' }));
}

class Server implements Sqld {
  readonly url: string;
  readonly directory: string;
  readonly #setup: ServerSetup;
  #key: KeyObject;
  #keeper: ChildProcess | undefined;

  constructor(setup: ServerSetup, key: KeyObject) {
    this.#setup = setup;
    this.#key = key;
    this.directory = setup.dir;
    this.url = `http://127.0.0.1:${setup.port}`;
  }

  async start(): Promise<void> {
    const { log, dir, command } = this.#setup;
    const keeper = spawn('sh', ['-c', KEEPER, 'sqld-keeper', log, dir, ...command], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#keeper = keeper;
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (keeper.exitCode === null && performance.now() < deadline) {
      // One that takes the connection and says nothing is asked again.
      const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
      const answer = await fetch(`${this.url}/health`, { signal }).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`sqld did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
  }

  async token({ access = 'rw', expiresIn = 3600 }: TokenOptions = {}): Promise<string> {
    return new SignJWT({ a: access })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
      .sign(this.#key);
  }

  async revokeTokens(): Promise<void> {
    await this.kill();
    const key = generateKeyPairSync('ed25519');
    writePublicKey(this.#setup.keyFile, key.publicKey);
    this.#key = key.privateKey;
    await this.start();
  }

  kill(): Promise<void> {
    return this.#end('keep\n');
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#end('');
    rmSync(this.#setup.dir, { recursive: true, force: true });
  }

  async #end(word: string): Promise<void> {
    const keeper = this.#keeper;
    if (keeper === undefined) return;
    this.#keeper = undefined;
    if (keeper.exitCode !== null || keeper.signalCode !== null) return;
    const gone = new Promise((resolve) => keeper.once('exit', resolve));
    keeper.stdin?.end(word);
    await gone;
  }
}

/**
 * A real sqld for the sync rows: on the ground, JWT authentication on, gone with the run.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { bringSqld } from '../sqld.mjs';
import { serve } from './process.mjs';

/** Returns `{ url, token }`. */
export async function startSqld(folder, cleanup) {
  const { SignJWT } = await import('jose');
  const { path } = bringSqld();
  mkdirSync(folder, { recursive: true });
  const key = generateKeyPairSync('ed25519');
  const keyFile = join(folder, 'jwt-key.pem');
  writeFileSync(keyFile, key.publicKey.export({ type: 'spki', format: 'pem' }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await serve(
    path,
    [
      ...['--no-welcome', '-d', join(folder, 'data'), '--http-listen-addr', `127.0.0.1:${port}`],
      ...['--auth-jwt-key-file', keyFile],
    ],
    {
      env: { RUST_LOG: 'error' },
      ready: async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok,
    },
  );
  cleanup.push('stop sqld', () => server.stop('SIGKILL'));
  const token = await new SignJWT({ a: 'rw' })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(key.privateKey);
  return { url, token };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

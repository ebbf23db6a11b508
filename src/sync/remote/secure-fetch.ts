/**
 * The fetch of https: addresses: HTTP/2 where the server offers it (ALPN), else HTTP/1.1.
 *
 * Node's own fetch is undici without HTTP/2; the same library, as a package, has it, and takes as long for a request on
 * loopback (300 of them in 0.9 to 1.4 s, Node's in 1.1 to 1.3 s). Loaded with the first request, since most processes
 * make none.
 */
import type { Agent } from 'undici';
import { undiciPart } from './late-libraries.js';
import type { Fetch } from './plain-fetch.js';

export interface SecureFetchOptions {
  /** Certificates to trust instead of the system's, PEM. */
  readonly ca?: string;
}

/** Says that HTTP/2 is experimental there, on everybody's terminal; our tests hold it to what we need of it. */
const EXPERIMENTAL_CODE = 'UNDICI-H2';

export function secureFetch(options: SecureFetchOptions = {}): Fetch {
  let loading: Promise<Fetch> | undefined;
  return async (input, init) => {
    loading ??= load(options).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return await (await loading)(input, init);
  };
}

async function load({ ca }: SecureFetchOptions): Promise<Fetch> {
  silence();
  const undici = await undiciPart();
  const dispatcher: Agent = new undici.Agent({
    allowH2: true,
    ...(ca === undefined ? {} : { connect: { ca } }),
  });
  // The package's types and those of Node describe the same objects.
  const fetch = undici.fetch as unknown as (url: string, init: object) => Promise<Response>;
  return async (url, init) => {
    const ask = () => fetch(url, { ...init, dispatcher });
    try {
      return await ask();
    } catch (error) {
      // The server ends a connection in good order, as it may at any time. Every request of ours may come twice.
      if (isGoaway(error)) return await ask();
      throw error;
    }
  };
}

function isGoaway(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message.includes('"GOAWAY" frame received with code 0');
}

function silence(): void {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    const [options] = rest;
    if ((options as { code?: unknown } | undefined)?.code === EXPERIMENTAL_CODE) return;
    (emitWarning as (...params: unknown[]) => void).call(process, warning, ...rest);
  }) as typeof process.emitWarning;
}

/**
 * Work that a signal ends by cutting it off from its remote: it fails at its next step there, where it may always fail, and
 * the next sync goes on from what both sides have by then.
 */
import { AgentFsError } from '../../base/index.js';

/** `asked`: somebody wants it, until the signal says otherwise. */
export interface Asked {
  readonly asked: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Throws CANCELLED for whatever the work failed with once the signal was aborted. */
export async function unlessCut<T>(
  work: () => Promise<T>,
  { signal, cut }: { readonly signal: AbortSignal | undefined; readonly cut: () => void },
): Promise<T> {
  const isCut = (): boolean => signal?.aborted === true;
  if (isCut()) throw cancelled();
  signal?.addEventListener('abort', cut);
  try {
    return await work();
  } catch (error) {
    throw isCut() ? cancelled(error) : error;
  } finally {
    signal?.removeEventListener('abort', cut);
  }
}

function cancelled(cause?: unknown): AgentFsError {
  return new AgentFsError('CANCELLED', 'the sync was cancelled', {
    operation: 'sync',
    hint: 'Repeat it: the next one goes on where this one was.',
    cause,
  });
}

/**
 * INTERRUPT and DESTROY. Requests are handled whole before the next is read, so an INTERRUPT never finds one to
 * stop, apart from a waiting fsync, which is let finish. Never answered.
 */
import { NO_REPLY } from '../operation.js';

export function interrupt(): number {
  return NO_REPLY;
}

export function destroy(): number {
  return 0;
}

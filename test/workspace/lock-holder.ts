/**
 * A program that takes the owner lock of the database given to it, says so, and holds it until it is killed.
 */
import { OwnerLock } from '#src/workspace/index.js';

OwnerLock.acquire(process.argv[2]!).then(
  () => {
    process.send?.('held');
    setInterval(() => {}, 1000);
  },
  (error: { code: string }) => {
    process.send?.(error.code);
    process.disconnect();
  },
);

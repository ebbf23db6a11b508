/**
 * Makes V8 wait longer before it optimizes a function. For a process of our own alone: it is all of the process's.
 *
 * Much of what an owner does is over within a second (a mount's first files, a pull), and compiling for it on the other
 * CPU took as long as the work. A push and a pull of 10 000 files cost 403 and 551 ms of the owner's CPU instead of 575
 * and 674, a created file 105 us instead of 175 (2-core VM, Node 20).
 */
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function runs before it is optimized; 132 KiB in V8 11. */
const BUDGET_BYTES = 600_000;
/** Node 20 to 24. An engine that did not know the flag would say so on stderr. */
const KNOWN_TO = 13;

/** Before anything is run that should count. */
export function compileLate(): void {
  if (Number.parseInt(process.versions.v8, 10) > KNOWN_TO) return;
  setFlagsFromString(`--interrupt-budget=${BUDGET_BYTES}`);
}

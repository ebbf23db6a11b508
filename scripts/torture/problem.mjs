/**
 * What torture finds: a promise that was not kept. Anything else that is thrown is a mistake of the harness or of the machine,
 * and counts as a failure just the same.
 */
export class Problem extends Error {}

/** Throws a Problem with this text unless the condition holds. */
export function expect(condition, text) {
  if (!condition) throw new Problem(typeof text === 'function' ? text() : text);
}

/**
 * How this folder reports what nobody else will see: one function, so that a test or any logger can be given.
 */
export type Log = (message: string, details: Readonly<Record<string, unknown>>) => void;

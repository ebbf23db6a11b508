/**
 * What a server says of a statement that failed, as @libsql/client would throw it: an error with SQLite's code. Pure.
 */

/** `statementIndex`: of a batch, which. */
export function statementError(
  { message, code = '' }: { readonly message: string; readonly code?: string },
  statementIndex?: number,
): Error {
  return Object.assign(new Error(message), {
    code,
    ...(statementIndex === undefined ? {} : { statementIndex }),
  });
}

/** A statement was neither run nor refused. */
export function endedError(): Error {
  return Object.assign(new Error('the transaction was ended by the server'), { code: 'TRANSACTION_CLOSED' });
}

/**
 * What `sync verify` found, as plain JSON-compatible data.
 */
export interface VerifyProblem {
  /** `corrupt` and `orphaned` are the remote's; `missing` and `different` say where in `detail`. */
  readonly kind: 'missing' | 'different' | 'corrupt' | 'orphaned';
  /** In the workspace; an id where no path leads there. It comes from the remote and may hold anything. */
  readonly path: string;
  readonly detail: string;
}

export interface VerifyReport {
  readonly workspace: string;
  readonly remote: string;
  readonly url: string;
  /** A round trip, the middle one of three, milliseconds. */
  readonly latencyMs: number;
  /** What to add to this machine's clock to get the server's, milliseconds. */
  readonly clockOffsetMs: number;
  /** The token allows to push. */
  readonly mayWrite: boolean;
  readonly schemaVersion: number;
  /** The remote's revision, and the one that this workspace has. */
  readonly revision: number;
  readonly cursor: number;
  /** Files, directories and others. */
  readonly filesHere: number;
  readonly filesThere: number;
  /** Bytes of content whose hash was made, here and of the remote's chunks. */
  readonly bytesChecked: number;
  /** What differs since it is still to be pushed, and to be pulled: no problem. */
  readonly pendingHere: number;
  readonly pendingThere: number;
  readonly missing: number;
  readonly different: number;
  readonly corrupt: number;
  readonly orphaned: number;
  /** At most a thousand, by path. */
  readonly problems: readonly VerifyProblem[];
  readonly ok: boolean;
}

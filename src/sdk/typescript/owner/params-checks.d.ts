/** Made by the build from src/sdk/openrpc.json (scripts/setup/params-checks.mjs), with ajv. */

/** One thing that is wrong, in ajv's terms. */
export interface ParamsProblem {
  readonly keyword: string;
  /** Where in the params: `/names/0`. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface ParamsCheck {
  (params: unknown): boolean;
  /** What was wrong with the last params; of alternatives first what each would have, then that none fits. */
  readonly errors?: readonly ParamsProblem[] | null;
}

/** By the name of the method. */
export declare const paramsChecks: ReadonlyMap<string, ParamsCheck>;

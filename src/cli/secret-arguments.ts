/**
 * Keeps a token that was given as an argument out of `ps`.
 *
 * On Linux setting the process title writes over the memory that /proc/<pid>/cmdline shows, all of it. Until that
 * line has run the token was visible: `--token-file` and the environment never show it.
 */
const SECRET_OPTION = '--token';
/** A token inside a remote's address: `libsql://host?authToken=T`. */
const SECRET_PARAMETER = /[?&]authToken=/;

/** True where the arguments hold a secret, as `--token T`, `--token=T` or in an address. */
export function holdsSecret(args: readonly string[]): boolean {
  return args.some(
    (arg) => arg === SECRET_OPTION || arg.startsWith(`${SECRET_OPTION}=`) || SECRET_PARAMETER.test(arg),
  );
}

export function hideSecretArguments(target: { readonly argv: readonly string[]; title: string }): void {
  if (holdsSecret(target.argv)) target.title = 'agentfs';
}

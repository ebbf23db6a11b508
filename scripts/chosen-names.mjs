/**
 * The names that somebody chose with `--only a,b --only c`. Pure.
 */

/**
 * Undefined where nothing was chosen. `groups` are names for several. Throws an Error with a line for the person, which
 * calls a name a `what`.
 */
export function chosenNames(lists, { what, names, groups = {} }) {
  const chosen = lists
    ?.flatMap((list) => list.split(','))
    .flatMap((name) => groups[name] ?? (name === '' ? [] : [name]));
  const unknown = chosen?.find((name) => !names.includes(name));
  if (unknown === undefined) return chosen;
  throw new Error(
    `there is no ${what} ${unknown}; there are ${[...names, ...Object.keys(groups)].join(', ')}`,
  );
}

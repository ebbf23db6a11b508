/** A map of maps whose inner maps are made when first asked for. */
export type NestedMap<A, B, V> = Map<A, Map<B, V>>;

export function innerMap<A, B, V>(outer: NestedMap<A, B, V>, key: A): Map<B, V> {
  const found = outer.get(key);
  if (found) return found;
  const made = new Map<B, V>();
  outer.set(key, made);
  return made;
}

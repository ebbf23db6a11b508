/**
 * What a commit did in a line, for the audit log: `2 made, 1 edited, 1 removed: a.txt, b.txt, …`. Pure.
 */
import { ROOT_NODE } from '../core/index.js';
import type { PushChange } from '../remote/index.js';

const NAMES_SHOWN = 3;
const NAME_CHARACTERS = 60;

export function summaryOf(changes: readonly PushChange[]): string {
  const counts = { made: 0, edited: 0, removed: 0 };
  const names = new Set<string>();
  let named = 0;
  for (const change of changes) {
    if (change.type === 'node') {
      if (change.id === ROOT_NODE) continue;
      if (change.state === null) counts.removed += 1;
      else if (change.base === 0) counts.made += 1;
      else counts.edited += 1;
    } else {
      named += 1;
      if (names.size < NAMES_SHOWN) names.add(change.name.slice(0, NAME_CHARACTERS));
    }
  }
  const text = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`);
  if (text.length === 0) text.push(`${named} renamed`);
  const more = named > names.size ? ', …' : '';
  return names.size === 0 ? text.join(', ') : `${text.join(', ')}: ${[...names].join(', ')}${more}`;
}

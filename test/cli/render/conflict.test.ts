/**
 * Conflicts as a person sees them before deciding.
 */
import t from 'tap';
import { KEYS, renderKeys, renderResolved, renderVersions } from '#src/cli/render/conflict.js';
import { makePalette } from '#src/cli/render/palette.js';
import type { Conflict, ConflictContents } from '#src/sdk/typescript/index.js';

const palette = makePalette(false);
const SIDE = { kind: 'file', size: 4, mtime: '2024-01-15T10:30:00.000Z', hash: 'ab', mode: 0o644 } as const;
const CONFLICT: Conflict = {
  id: 'c1',
  path: '/f',
  type: 'modify/modify',
  base: SIDE,
  local: SIDE,
  remote: { ...SIDE, agent: '0123456789abcdef', revision: 7 },
};
const text = (it: string) => ({ kind: 'text', text: it }) as const;

function lines(contents: Partial<ConflictContents>, limit = 100): string[] {
  const all = { conflict: CONFLICT, base: null, local: null, remote: null, ...contents };
  return renderVersions(all, { title: 'Conflict 1 of 1', palette, lines: limit }).split('\n');
}

t.test('two texts are shown by their difference, with who made the remote one and when', async (t) => {
  t.strictSame(lines({ base: text('a\nb\n'), local: text('a\nB\n'), remote: text('a\nbb\n') }), [
    'Conflict 1 of 1: /f (modify/modify)',
    '  here:   4 B, 2024-01-15T10:30:00Z, mode 644',
    '  remote: 4 B, 2024-01-15T10:30:00Z, mode 644, by agent 01234567, revision 7',
    '--- here',
    '+++ remote',
    '@@ -1,2 +1,2 @@',
    ' a',
    '-B',
    '+bb',
  ]);
});

t.test('where one side is deleted, what the other changed is shown', async (t) => {
  const conflict: Conflict = { ...CONFLICT, type: 'delete/modify', local: null };
  const shown = lines({ conflict, base: text('a\n'), remote: text('b\n') });
  t.equal(shown[1], '  here:   deleted');
  t.strictSame(shown.slice(3), ['--- before', '+++ remote', '@@ -1,1 +1,1 @@', '-a', '+b']);
});

t.test('what is no text has sizes and times only, and a long difference is cut', async (t) => {
  t.match(lines({ local: { kind: 'binary' }, remote: text('x') }), { length: 3, 1: /, binary$/ });
  const long = Array.from({ length: 50 }, (_, i) => `${i}\n`).join('');
  t.match(lines({ local: text(''), remote: text(long) }, 10).at(-1), '… 41 more lines: d shows all');
});

t.test('a hostile name or line moves no cursor', async (t) => {
  const conflict = { ...CONFLICT, path: '/\u001b[2J', remotePath: '/\u202e' };
  const shown = lines({ conflict, local: text('\u001b[31m\n'), remote: text('b\n') });
  for (const character of ['\u001b', '\u202e']) t.notOk(shown.join('\n').includes(character));
});

t.test('every key is explained, and what was resolved is told', async (t) => {
  for (const [key, word] of KEYS) t.match(renderKeys(), new RegExp(`^ {2}${key} {2}${word}`, 'm'));
  const report = {
    resolved: [{ ...CONFLICT, winner: 'local' as const }],
    refused: [],
    remaining: [CONFLICT],
  };
  t.equal(renderResolved(report, 'both'), 'Resolved /f: both\n1 conflict still waits');
  t.equal(renderResolved({ resolved: [], refused: [], remaining: [] }, 'both'), 'No conflicts');
});

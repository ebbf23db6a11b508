/**
 * The scanner that the import table's test stands on.
 */
import t from 'tap';
import { findImports, scanSource } from './source-scan.js';

t.test('imports are found with their kind, over several lines, and not in comments or strings', async (t) => {
  const source = `
import type { A } from './a.js';
import {
  type B,
  c,
} from '../b/index.js';
import './side.js';
export * from './d.js';
export type { E } from './e.js';
// import x from './comment.js'
/* import y from './comment.js' */
const text = "import z from './string.js'; // not a comment";
const quote = /['"\`]/.test(text);
const lazy = () => import('./lazy.js');
`;
  t.strictSame(findImports(source), [
    { from: './a.js', kind: 'type' },
    { from: '../b/index.js', kind: 'value' },
    { from: './d.js', kind: 'value' },
    { from: './e.js', kind: 'type' },
    { from: './side.js', kind: 'value' },
    { from: './lazy.js', kind: 'lazy' },
  ]);
});

t.test(
  'the insides of strings and templates are told from code, comments and regular expressions',
  async (t) => {
    const source = [
      "const a = 'it\\'s'; // 'no'",
      `const b = \`x $\{f({ a: '}' })} y\`; const c = /'re'/;`,
      'const d = 4 / 2 / 1;',
    ].join('\n');
    t.strictSame(scanSource(source).strings, ["it\\'s", `x $\{f({ a: '}' })} y`]);
  },
);

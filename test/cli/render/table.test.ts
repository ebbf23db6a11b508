import t from 'tap';
import { makePalette } from '#src/cli/render/palette.js';
import { printable, renderFields, renderTable } from '#src/cli/render/table.js';

t.test('columns line up, numbers to the right, and no line ends with spaces', async (t) => {
  const text = renderTable(
    [{ title: 'name' }, { title: 'size', align: 'right' }, { title: 'note' }],
    [
      ['a', '1 B', ''],
      ['longer', '1023 B', 'x'],
    ],
  );
  t.equal(text, 'NAME      SIZE  NOTE\na          1 B\nlonger  1023 B  x');
});

t.test('colours and combining marks take no width', async (t) => {
  const { red } = makePalette(true);
  const text = renderTable(
    [{ title: 'a' }, { title: 'b' }],
    [
      [red('x'), '1'],
      ['e\u0301', '2'],
    ],
  );
  t.equal(text, `A  B\n${red('x')}  1\ne\u0301  2`);
});

t.test('a name that would move the cursor or reorder the line is shown escaped', async (t) => {
  t.equal(printable('a\u001b[2Jb'), 'a\\x1b[2Jb');
  t.equal(printable('two\nlines\t'), 'two\\nlines\\t');
  t.equal(printable('exe\u202egpj'), 'exe\\u202egpj');
  t.equal(printable('Grüße 日本'), 'Grüße 日本');
});

t.test('fields are one a line', async (t) => {
  t.equal(
    renderFields([
      ['A', '1'],
      ['B', 'two'],
    ]),
    'A: 1\nB: two',
  );
});

t.test('a palette that is off leaves text alone, and nothing is coloured to nothing', async (t) => {
  t.equal(makePalette(false).red('x'), 'x');
  t.equal(makePalette(true).red('x'), '\u001b[31mx\u001b[39m');
  t.equal(makePalette(true).red(''), '');
});

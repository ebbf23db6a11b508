/**
 * `agentfs sync resolve --interactive` on a terminal: what a person sees and types, and what Ctrl-C and Ctrl-D leave.
 */
import t from 'tap';
import { inConflict, TEXT } from './in-conflict.js';
import { KEY, Terminal } from './terminal.js';

t.setTimeout(120_000);

const ASKED = /\[l\/r\/b\/m\/d\/s\/q, \? for help\] $/;
const resolve = ['sync', 'resolve', 'w', '--interactive'];

t.test('keys are explained, text is shown by its difference, a binary by size and time', async (t) => {
  const long = (word: string) => Array.from({ length: 90 }, (_, line) => `${word} ${line}\n`).join('');
  const { a, b, within } = await inConflict(t, {
    '/a-text': [TEXT.replace('two', 'zwei'), TEXT.replace('two', 'deux')],
    '/b-binary': [new Uint8Array(2048), new Uint8Array(1536)],
    '/c-long': [long('here'), long('there')],
    '/d-last': ['here', 'there'],
  });
  const terminal = Terminal.run(t, b, resolve);
  const first = await terminal.shows(ASKED);
  t.match(first, /Conflict 1 of 4: \/a-text \(modify\/modify\)\n/);
  t.match(first, / one\n-zwei\n\+deux\n three\n/, 'only what differs is marked');
  for (const [key, word] of [
    ['l', 'local'],
    ['r', 'remote'],
    ['b', 'both'],
    ['m', 'merge'],
    ['d', 'diff'],
    ['s', 'skip'],
    ['q', 'quit'],
  ]) {
    t.match(first, new RegExp(`\n {2}${key} {2}${word} +\\S`), `${key} is explained before anybody asks`);
  }
  t.match(terminal.raw, '\u001b[31m-zwei', 'in colours');
  terminal.type('x\r');
  t.match(
    await terminal.shows(ASKED),
    /\n {2}l {2}local /,
    'another key explains them again, and decides nothing',
  );
  terminal.type(`r${KEY.backspace}l\r`);
  const second = await terminal.shows(ASKED);
  t.match(second, /Resolved \/a-text: local\n/, 'a line can be corrected');
  t.match(second, /Conflict 2 of 4: \/b-binary/);
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
  t.match(second, new RegExp(`here: {3}2\\.0 KiB, ${time}, mode 644, binary\n`));
  t.match(
    second,
    new RegExp(`remote: 1\\.5 KiB, ${time}, mode 644, by agent [0-9a-f]{8}, revision 2, binary\n`),
  );
  t.notMatch(second, '\n@@', 'and no difference');
  terminal.type('r\r');
  const third = await terminal.shows(ASKED);
  t.match(third, /… 1\d\d more lines: d shows all\n/);
  t.notMatch(third, '+there 89');
  terminal.type('d\r');
  t.match(await terminal.shows(ASKED), /\n\+there 89\n/, 'd shows all');
  terminal.type('s\r');
  t.match(await terminal.shows(ASKED), /Conflict 4 of 4: \/d-last/);
  terminal.type('q\r');
  t.equal(await terminal.ends(), 3);
  t.match(terminal.shown, /\nResolved 2; 2 conflicts left as before\n$/);
  await within(b, async (workspace) => {
    t.equal(await workspace.readFile('/a-text', 'utf8'), TEXT.replace('two', 'zwei'));
    t.same(new Uint8Array(await workspace.readFile('/b-binary')), new Uint8Array(1536));
    t.equal(await workspace.readFile('/c-long', 'utf8'), long('here'));
    t.equal(await workspace.readFile('/d-last', 'utf8'), 'here');
  });
  await within(a, async (workspace) => {
    await workspace.sync.pull();
    t.equal(await workspace.readFile('/a-text', 'utf8'), TEXT.replace('two', 'zwei'));
    t.equal(await workspace.readFile('/d-last', 'utf8'), 'there');
  });
});

t.test('Ctrl-C, and Ctrl-D as the end of the input, leave the rest as it was', async (t) => {
  const { a, b, within } = await inConflict(t, { '/f': ['here', 'there'], '/g': ['here', 'there'] });
  const interrupted = Terminal.run(t, b, resolve);
  await interrupted.shows(ASKED);
  interrupted.type('l\r');
  await interrupted.shows(ASKED);
  // What is half typed is no answer.
  interrupted.type(`r${KEY.ctrlC}`);
  t.equal(await interrupted.ends(), 130);
  t.match(interrupted.shown, /\nResolved 1; 1 conflict left as before\n$/);
  const ended = Terminal.run(t, b, resolve);
  t.match(await ended.shows(ASKED), /Conflict 1 of 1: \/g/, 'and can be taken up again');
  ended.type(KEY.ctrlD);
  t.equal(await ended.ends(), 3);
  t.match(ended.shown, /\nResolved 0; 1 conflict left as before\n$/);
  t.match(await b.json(['sync', 'conflicts', 'w']), { code: 3, document: [{ path: '/g' }] });
  for (const [agent, g] of [
    [b, 'here'],
    [a, 'there'],
  ] as const) {
    await within(agent, async (workspace) => {
      await workspace.sync.pull();
      t.equal(await workspace.readFile('/f', 'utf8'), 'here');
      t.equal(await workspace.readFile('/g', 'utf8'), g);
    });
  }
});

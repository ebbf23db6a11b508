/**
 * What the command line says and how it ends, before any workspace is involved.
 */

import t from 'tap';
import { COMMANDS, GROUPS } from '#src/cli/catalogue/index.js';
import { Agent } from './agentfs-process.js';

interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

t.test('--help names every command and group, and is on stdout', async (t) => {
  const agent = await Agent.create(t);
  const { code, stdout, stderr } = await agent.run(['--help']);
  t.equal(code, 0);
  t.equal(stderr, '');
  for (const name of [...GROUPS.map((group) => group.name), 'mount', 'umount', 'run', 'start', 'doctor']) {
    t.match(stdout, new RegExp(`^  ${name}\\b`, 'm'));
  }
  t.match(stdout, 'Examples:');
});

t.test('every command has an example and a module that runs', async (t) => {
  for (const spec of COMMANDS) {
    const line = `agentfs ${spec.path.join(' ')}`;
    t.ok(
      spec.examples.some((example) => example.includes(line)),
      `${line} has an example`,
    );
    t.type((await spec.load()).run, 'function', line);
  }
});

t.test("a command's --help shows its options, its examples and the options of every command", async (t) => {
  const agent = await Agent.create(t);
  const { code, stdout } = await agent.run(['sync', 'config', '--help']);
  t.equal(code, 0);
  for (const text of ['--conflict-resolution', '--batch-size', '--json', '--home', 'Examples:', 'periodic']) {
    t.match(stdout, text);
  }
});

t.test('the paragraphs of a help are wrapped to the terminal, with no break of their own', async (t) => {
  const agent = await Agent.create(t);
  for (const path of [
    ['sync', 'resolve'],
    ['sync', 'pull'],
  ]) {
    const { stdout } = await agent.run([...path, '--help']);
    const lines = stdout.slice(0, stdout.indexOf('\nOptions:')).split('\n').slice(4);
    lines.forEach((line, index) => {
      const [next] = lines[index + 1]?.split(' ') ?? [];
      if (next) t.ok(line.length + 1 + next.length > 79, `${line} | ${next}`);
    });
  }
});

t.test('--version prints the version', async (t) => {
  const agent = await Agent.create(t);
  const { code, stdout } = await agent.run(['--version']);
  t.equal(code, 0);
  t.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

const WRONG: readonly [what: string, args: readonly string[], message: RegExp, hint: RegExp][] = [
  ['an unknown command', ['mont'], /unknown command 'mont'/, /Did you mean.*mount/],
  ['an unknown command of a group', ['sync', 'stat'], /unknown command 'stat'/, /Did you mean.*status/],
  ['an unknown option', ['mount', '--raed-only'], /unknown option '--raed-only'/, /--read-only/],
  ['a missing argument', ['sync', 'push'], /missing required argument 'workspace'/, /--help/],
  ['too many arguments', ['status', 'x'], /too many arguments/, /--help/],
  [
    'a value that is none of the choices',
    ['sync', 'config', 'w', '--mode', 'fast'],
    /real-time, periodic, manual/,
    /./,
  ],
  ['a number out of range', ['sync', 'config', 'w', '--interval', '4'], /from 5 to 86400/, /./],
  ['no number', ['sync', 'config', 'w', '--interval', '5x'], /from 5 to 86400/, /./],
  ['a command that is missing', ['sync'], /a command is missing/, /--help/],
  ['a mount without a directory', ['mount', 'w'], /needs a directory/, /agentfs mount w/],
  ['a sync without a database', ['sync', 'enable', 'w'], /needs --turso-db/, /--turso-db libsql:/],
];
for (const [what, args, message, hint] of WRONG) {
  t.test(`${what} ends with 2, a line that says what and a line with a hint`, async (t) => {
    const agent = await Agent.create(t);
    const { code, stdout, stderr } = await agent.run(args);
    t.equal(code, 2);
    t.equal(stdout, '');
    const [first = '', second = '', ...rest] = stderr.trimEnd().split('\n');
    t.match(first, /^agentfs: /);
    t.match(first, message);
    t.match(second, /^hint: /);
    t.match(second, hint);
    t.strictSame(rest, []);
  });
}

t.test('with --json wrong usage is one document on stdout, and nothing is on stderr', async (t) => {
  const agent = await Agent.create(t);
  for (const args of [['mont'], ['sync', 'push'], ['mount', '--raed-only']]) {
    const { code, stdout, stderr } = await agent.run([...args, '--json']);
    t.equal(code, 2);
    t.equal(stderr, '');
    t.match(JSON.parse(stdout) as ErrorDocument, { error: { code: 'USAGE', message: String, hint: String } });
  }
});

t.test('an option of every command may stand before the command', async (t) => {
  const agent = await Agent.create(t);
  for (const args of [
    ['--json', 'workspace', 'list'],
    ['workspace', '--json', 'list'],
    ['workspace', 'list', '--json'],
  ]) {
    t.equal((await agent.run(args)).stdout, '[]\n');
  }
});

t.test('an error in its own words has a hint, and its stack only with -v', async (t) => {
  const agent = await Agent.create(t);
  const plain = await agent.run(['workspace', 'info', 'nowhere']);
  t.equal(plain.code, 1);
  t.match(plain.stderr, /^agentfs: there is no workspace 'nowhere'.*\nhint: /);
  t.notMatch(plain.stderr, /\bat .*\.js/);
  t.match((await agent.run(['workspace', 'info', 'nowhere', '-v'])).stderr, /\bat .*\.js/);
});

t.test('colours are only for terminals', async (t) => {
  const agent = await Agent.create(t);
  const { stderr } = await agent.run(['workspace', 'info', 'nowhere']);
  t.notMatch(stderr, '\u001b[');
});

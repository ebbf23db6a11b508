/** `agentfs mcp`: a real child process, spoken to by the MCP library's own client. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import t, { type Test } from 'tap';
import { Agent, MAIN } from './agentfs-process.js';

interface Server {
  readonly client: Client;
  /** What a tool says, as text. */
  say(tool: string, input?: object): Promise<string>;
  /** The data of its answer. */
  data<T = Record<string, unknown>>(tool: string, input?: object): Promise<T>;
  /** What it refuses with. */
  refusal(tool: string, input?: object): Promise<{ text: string; code: string | undefined }>;
}

async function serve(t: Test, agent: Agent, args: readonly string[]): Promise<Server> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, 'mcp', ...args],
    env: { ...getDefaultEnvironment(), AGENTFS_HOME: agent.home },
    stderr: 'inherit',
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  t.teardown(() => client.close());
  const call = async (name: string, input: object = {}) =>
    (await client.callTool({ name, arguments: { ...input } })) as CallToolResult;
  const textOf = ({ content }: CallToolResult) =>
    content.map((one) => (one.type === 'text' ? one.text : `<${one.type}>`)).join('\n');
  const done = async (name: string, input?: object) => {
    const result = await call(name, input);
    if (result.isError === true) throw new Error(`${name}: ${textOf(result)}`);
    return result;
  };
  return {
    client,
    say: async (name, input) => textOf(await done(name, input)),
    data: async <T>(name: string, input?: object) => (await done(name, input)).structuredContent as T,
    refusal: async (name, input) => {
      const result = await call(name, input);
      t.equal(result.isError, true, `${name} ${JSON.stringify(input)} is refused`);
      const { error } = (result.structuredContent ?? {}) as { error?: { code: string } };
      return { text: textOf(result), code: error?.code };
    },
  };
}

t.test('an MCP client is told of every tool, what it takes, and whether it may destroy', async (t) => {
  const agent = await Agent.create(t);
  const { client } = await serve(t, agent, ['w', '--create']);
  t.match(client.getInstructions(), "workspace 'w'");
  const { tools } = await client.listTools();
  const hints = Object.fromEntries(
    tools.map(({ name, annotations }) => [name, [annotations?.readOnlyHint, annotations?.destructiveHint]]),
  );
  const [reads, adds, replaces] = [
    [true, false],
    [false, false],
    [false, true],
  ];
  t.same(hints, {
    read: reads,
    write: replaces,
    edit: replaces,
    list: reads,
    move: replaces,
    remove: replaces,
    search: reads,
    history: reads,
    checkpoints: reads,
    checkpoint: adds,
    restore: replaces,
    sync_status: reads,
    sync_push: adds,
    sync_pull: replaces,
  });
  for (const { name, description, inputSchema } of tools) {
    t.ok((description ?? '').length > 20, `${name} is described`);
    t.equal(inputSchema.additionalProperties, false, `${name} takes nothing else`);
    for (const [param, schema] of Object.entries(inputSchema.properties ?? {}))
      t.type((schema as { description?: string }).description, 'string', `${name}: ${param} is described`);
  }
});

t.test('files are written, read in parts, edited, listed, moved and removed', async (t) => {
  const agent = await Agent.create(t);
  const { say, refusal, client } = await serve(t, agent, ['w', '--create']);
  t.equal(await say('list'), '[the directory is empty]');
  await say('write', { path: '/notes/plan.md', content: 'one\ntwo\nthree\n' });
  t.equal(await say('read', { path: '/notes/plan.md' }), 'one\ntwo\nthree');
  t.equal(
    await say('read', { path: 'notes/plan.md', offset: 2, limit: 1 }),
    'two\n[lines 2 to 2 of a longer file (14 bytes): go on with offset 3]',
  );
  t.equal(await say('read', { path: '/notes/plan.md', offset: 9 }), '\n[the file ends before line 9]');

  await say('edit', { path: '/notes/plan.md', old: 'two', new: '$& and two' });
  t.equal(await say('read', { path: '/notes/plan.md' }), 'one\n$& and two\nthree');
  t.match(await refusal('edit', { path: '/notes/plan.md', old: 'four', new: '' }), {
    code: 'INVALID_ARGUMENT',
    text: /not in '\/notes\/plan.md'\nRead the file again/,
  });
  t.match(await refusal('edit', { path: '/notes/plan.md', old: 'e', new: 'E' }), { text: /3 times\n.*all/ });
  t.match(await say('edit', { path: '/notes/plan.md', old: 'e', new: 'E', all: true }), '3 places');

  const long = Array.from({ length: 200_000 }, (_, n) => `line ${n + 1}`).join('\n');
  await say('write', { path: '/long', content: long });
  const first = await say('read', { path: '/long' });
  t.match(first, /line 2000\n\[lines 1 to 2000 of a longer file \(\d+ bytes\): go on with offset 2001\]$/);
  t.match(await say('read', { path: '/long', offset: 199_999 }), /^line 199999\nline 200000$/);
  await say('write', { path: '/wide', content: 'x'.repeat(3_000_000) });
  t.ok((await say('read', { path: '/wide' })).length < 5000, 'a long line is cut as well');
  await say('write', {
    path: '/b.bin',
    content: Buffer.from([1, 0, 255]).toString('base64'),
    encoding: 'base64',
  });
  t.equal(await say('read', { path: '/b.bin' }), '[/b.bin is no text: 3 bytes]');
  await say('write', {
    path: '/b.png',
    content: Buffer.from([1, 0, 255]).toString('base64'),
    encoding: 'base64',
  });
  t.equal(await say('read', { path: '/b.png' }), '<image>');
  t.match(await refusal('edit', { path: '/b.bin', old: 'a', new: 'b' }), { code: 'INVALID_ARGUMENT' });

  t.match(await say('list', { recursive: true }), /^directory 0 .* \/notes\/$/m);
  t.match(await say('list', { recursive: true }), /^file 3 .* \/b.bin$/m);
  t.match(await say('list', { limit: 1 }), /^.*\n\[more than 1 entries/);
  await say('move', { from: '/long', to: '/notes/long' });
  t.match(await refusal('move', { from: '/wide', to: '/notes/long' }), { code: 'EEXIST' });
  t.match(await refusal('remove', { path: '/notes' }), { code: 'ENOTEMPTY' });
  await say('remove', { path: '/wide' });
  await say('remove', { path: '/notes', recursive: true });
  t.match(await refusal('read', { path: '/notes/plan.md' }), { code: 'ENOENT', text: /ENOENT/ });
  t.match(await refusal('read', { path: '/' }), { code: 'EISDIR' });
  t.match(await refusal('read', {}), { text: /path/ });
  t.match(await refusal('read', { path: '/b.bin', lines: 3 }), { text: /lines/ });
  t.match(await refusal('format', {}), { text: /format/ });

  const { resourceTemplates } = await client.listResourceTemplates();
  t.match(resourceTemplates, [{ uriTemplate: 'agentfs://w/{+path}' }]);
  await say('write', { path: '/ä b.txt', content: 'grüße' });
  const { resources } = await client.listResources();
  const uri = resources.find(({ name }) => name === 'ä b.txt')!.uri;
  t.match(await client.readResource({ uri }), { contents: [{ uri, text: 'grüße' }] });
  await t.rejects(client.readResource({ uri: 'agentfs://w/nothing' }), /ENOENT/);
});

t.test('no path leads out of the workspace', async (t) => {
  const agent = await Agent.create(t);
  const { say, refusal, client } = await serve(t, agent, ['w', '--create']);
  const secret = join(agent.home, 'secret');
  writeFileSync(secret, 'secret');
  for (const path of [secret, `../../../../../../../../${secret}`, '/../etc/passwd']) {
    t.match(await refusal('read', { path }), { code: 'ENOENT' });
    await t.rejects(client.readResource({ uri: `agentfs://w/${encodeURIComponent(path)}` }), /ENOENT/);
  }
  await say('write', { path: `/../..${secret}`, content: 'mine' });
  t.equal(readFileSync(secret, 'utf8'), 'secret');
  t.equal(await say('read', { path: secret }), 'mine', 'it is below the root of the workspace');
  t.match(await say('search', { path: '/../..', text: 'mine' }), secret);
});

t.test('search finds by glob and by text', async (t) => {
  const agent = await Agent.create(t);
  const { say, refusal } = await serve(t, agent, ['w', '--create']);
  for (const [path, content] of Object.entries({
    '/src/a.ts': 'const Alpha = 1;\nconst beta = 2;\n',
    '/src/deep/b.js': 'alpha(beta);\n',
    '/README.md': 'The Alpha.\n',
    '/.git/config': 'alpha\n',
    '/node_modules/x/a.ts': 'alpha\n',
    '/bin': 'alpha\0',
  }))
    await say('write', { path, content });
  t.equal(await say('search', { pattern: '*.ts' }), '/src/a.ts');
  t.equal(await say('search', { pattern: 'src/**/*.{ts,js}' }), '/src/a.ts\n/src/deep/b.js');
  t.equal(await say('search', { pattern: '*.ts', everywhere: true }), '/node_modules/x/a.ts\n/src/a.ts');
  t.equal(
    await say('search', { text: 'beta' }),
    '/src/a.ts:2: const beta = 2;\n/src/deep/b.js:1: alpha(beta);',
  );
  t.equal(
    await say('search', { text: 'ALPHA', ignore_case: true, path: '/src' }),
    '/src/a.ts:1: const Alpha = 1;\n/src/deep/b.js:1: alpha(beta);',
  );
  t.equal(await say('search', { text: '(.*)' }), '[nothing was found]', 'a text is no pattern');
  t.match(await say('search', { text: 'a', limit: 1 }), /^.*\n\[there is more/);
  t.match(await refusal('search', { path: '/nothing' }), { code: 'ENOENT' });
});

t.test('sync, history, checkpoints and restore work through tools', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  const { say, data, refusal } = await serve(t, agent, ['w']);
  t.match(await refusal('sync_status'), { code: 'SYNC_NOT_ENABLED', text: /agentfs sync enable w/ });
  const remote = `file:${join(agent.home, 'remote.db')}`;
  await agent.run(['sync', 'enable', 'w', '--turso-db', remote, '--mode', 'manual']);

  await say('write', { path: '/plan', content: 'first' });
  t.match(await data('sync_status'), { syncStatus: 'pending', conflicts: [] });
  t.match(await data('sync_push', { dry_run: true }), { plan: [{ action: 'create', path: '/plan' }] });
  t.match(await data('sync_push'), { pushed: Number, revision: 1 });
  t.match(await data('checkpoint', { name: 'before' }), { name: 'before' });
  await say('write', { path: '/plan', content: 'second' });
  await data('sync_push');
  const { versions } = await data<{ versions: { version: string; what: string }[] }>('history', {
    path: '/plan',
  });
  t.same(
    versions.map(({ what }) => what),
    ['modified', 'created'],
  );
  t.match(await data('history', { limit: 1 }), { commits: [{ modified: 1 }] });
  t.match(await data('checkpoints'), { checkpoints: [{ name: 'before' }] });
  await data('restore', { path: '/plan', version: 'before', dry_run: true });
  t.equal(await say('read', { path: '/plan' }), 'second');
  await data('restore', { path: '/plan', version: 'before' });
  t.equal(await say('read', { path: '/plan' }), 'first');
  t.match(await data('sync_pull'), { pulled: 0 });
  t.match(await refusal('restore', { path: '/plan', version: 'never' }), { text: /never/ });
});

t.test('--read-only leaves only what changes nothing', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  const { client, refusal } = await serve(t, agent, ['w', '--read-only']);
  const { tools } = await client.listTools();
  t.same(tools.map(({ name }) => name).sort(), [
    'checkpoints',
    'history',
    'list',
    'read',
    'search',
    'sync_status',
  ]);
  t.match(await refusal('write', { path: '/f', content: '' }), { text: /write/ });
});

t.test(
  'a mount and other programs share the workspace with it, and what it wrote is durable when it ends',
  async (t) => {
    const agent = await Agent.create(t);
    const { say, client } = await serve(t, agent, ['w', '--create']);
    await say('write', { path: '/f', content: 'from the model' });
    t.equal((await agent.run(['fs', 'cat', 'w', '/f'])).stdout, 'from the model');
    await agent.run(['fs', 'write', 'w', '/g', 'from a person']);
    t.equal(await say('read', { path: '/g' }), 'from a person');
    await client.close();
    t.equal((await agent.run(['fs', 'cat', 'w', '/f'])).stdout, 'from the model');
  },
);

t.test('it says why it cannot begin', async (t) => {
  const agent = await Agent.create(t);
  const { code, stdout, stderr } = await agent.run(['mcp', 'nowhere']);
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, 'nowhere');
  const help = await agent.run(['mcp', '--help']);
  t.match(help.stdout, '"args": ["mcp", "my-workspace"]');
});

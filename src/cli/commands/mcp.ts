/**
 * `agentfs mcp`: serves one workspace to an MCP client on standard input and output, until the input ends.
 *
 * Nothing else is written to standard output. The MCP library is loaded here alone: it is large.
 */
import { AgentFsError } from '../../base/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const name = input.operand(0);
  if (process.stdin.isTTY || process.stdout.isTTY) {
    throw new AgentFsError('USAGE', 'agentfs mcp speaks with an MCP client, and this is a terminal', {
      hint: 'Let the client start it: agentfs mcp --help shows what to configure.',
    });
  }
  const afs = await context.agentfs();
  // As long as the client has it open, its remotes are synced as their modes say.
  await using workspace = input.flag('create')
    ? await afs.workspace.create(name)
    : await afs.workspace.get(name);
  await workspace.open();
  const [{ mcpServer }, { StdioServerTransport }] = await Promise.all([
    import('../mcp/server.js'),
    import('@modelcontextprotocol/sdk/server/stdio.js'),
  ]);
  const server = mcpServer(workspace, { readOnly: input.flag('readOnly') });
  const ended = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error'] as const) process.stdin.once(event, () => resolve());
    // A client that is gone closes both; what is still to be said has nobody to hear it.
    process.stdout.once('error', () => resolve());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}

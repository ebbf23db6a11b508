/**
 * `agentfs rpc`: answers JSON-RPC on standard input and output, for programs in other languages, until the input ends.
 *
 * Nothing else is written to standard output. Ctrl-C in a terminal reaches the whole group of processes: the program on
 * the other end decides what it means, and its end is this one's.
 */
import { Duplex } from 'node:stream';
import { AgentFsError } from '../../base/index.js';
import { greetPeer, makeHello } from '../../rpc/index.js';
import { agentFsVersion } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';

export async function run(context: Context, _input: CommandInput): Promise<undefined> {
  if (process.stdin.isTTY || process.stdout.isTTY) {
    throw new AgentFsError('USAGE', 'agentfs rpc speaks JSON-RPC with a program, and this is a terminal', {
      hint: 'The SDKs start it by themselves. For commands see agentfs --help.',
    });
  }
  const { HomeSession } = await import('../../sdk/typescript/home-session.js');
  const home = new HomeSession(await context.agentfs());
  process.on('SIGINT', () => {});
  const stream = Duplex.from({ readable: process.stdin, writable: process.stdout });
  await new Promise<void>((resolve) => {
    const connection = greetPeer(stream, {
      hello: makeHello({ version: agentFsVersion(), role: 'home' }),
      accept: () => ({ call: (method, params) => home.call(method, params), closed: () => {} }),
      closed: () => resolve(),
    });
    process.once('SIGTERM', () => connection.finish());
  });
  await home.close();
}

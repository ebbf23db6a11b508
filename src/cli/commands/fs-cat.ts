/**
 * `agentfs fs cat`: a file's bytes, in ranges, so that its size does not matter.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const path = input.operand(1);
  const workspace = await context.workspace(input.operand(0));
  if (context.output.json) {
    const bytes = await workspace.readFile(path);
    const text = decodeUtf8(bytes);
    const content =
      text === undefined
        ? { encoding: 'base64', data: Buffer.from(bytes).toString('base64') }
        : { encoding: 'utf8', data: text };
    context.output.answer({ path, size: bytes.length, ...content }, () => '');
    return;
  }
  for await (const part of workspace.createReadStream(path)) {
    await context.output.raw(part as Uint8Array);
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * `agentfs sync verify`. Ends with 1 where something is wrong.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { EXIT_DONE, EXIT_FAILED } from '../exit-codes.js';
import { renderVerifyProgress, renderVerifyReport } from '../render/sync-verify.js';

export async function run(context: Context, input: CommandInput): Promise<number> {
  const { output } = context;
  const workspace = await context.workspace(input.operand(0));
  const stop = workspace.sync.on('progress', (progress) => {
    if (progress.phase === 'verify') output.progress(renderVerifyProgress(progress));
  });
  try {
    const report = await workspace.sync.verify(input.text('remote'));
    output.progress(undefined);
    output.answer(report, () => renderVerifyReport(report, output.palette));
    return report.ok ? EXIT_DONE : EXIT_FAILED;
  } finally {
    output.progress(undefined);
    stop();
  }
}

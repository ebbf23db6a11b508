/**
 * The C addon under native/, by scripts/build-native.mjs, which itself does nothing when the addon is newer than its
 * sources. A machine that cannot compile it can still use everything but the native mount driver, so a failure is
 * said and does not end the set-up.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { run, say, tail } from './report.mjs';

export async function ensureNativeAddon(root) {
  const script = join(root, 'scripts', 'build-native.mjs');
  if (!existsSync(script)) return;
  const { code, output } = await run(process.execPath, [script], { cwd: root });
  if (code !== 0) {
    say(
      `the native addon does not build; mounting needs it. Install a C compiler (apt-get install gcc), then again:\n${tail(output)}`,
    );
  } else if (output.trim() !== '') {
    say(output.trim().split('\n').at(-1));
  }
}

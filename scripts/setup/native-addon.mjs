/**
 * The C addon under native/. A machine that cannot compile it can still use everything but the native mount driver,
 * so a failure is said and does not end the set-up.
 */
import { buildNative } from '../build-native.mjs';
import { say } from './report.mjs';

export function ensureNativeAddon() {
  try {
    if (buildNative() === 'built') say('compiled the native addon to native/build/agentfs.node');
  } catch (error) {
    say(`the native addon is missing, and mounting needs it: ${error.message}`);
  }
}

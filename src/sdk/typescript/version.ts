/**
 * The release of AgentFS that this code is, from its package.json.
 */
import { readFileSync } from 'node:fs';

let release: string | undefined;

export function agentFsVersion(): string {
  if (release === undefined) {
    const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
    release = (JSON.parse(text) as { version: string }).version;
  }
  return release;
}

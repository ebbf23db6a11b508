#!/usr/bin/env node
/**
 * `npm run protocol`: writes src/sdk/openrpc.json, the description of the owner's JSON-RPC for clients in any language,
 * from the types of src/sdk/typescript/service.ts, from it the shapes of the other SDKs, and the synchronous face of
 * the Python SDK from the asyncio one. With `--check`
 * it writes nothing and fails where a file is not what the types say.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ensureParamsChecks } from './setup/params-checks.mjs';
import { ROOT, setupOrExit } from './setup.mjs';

await setupOrExit({ system: false });
const { describeProtocol } = await import('./protocol/describe.mjs');
const { pythonModels } = await import('./protocol/python.mjs');
const { rustModules } = await import('./protocol/rust.mjs');
const { FACES, synchronousFace } = await import('./protocol/python-faces.mjs');
const description = await describeProtocol(ROOT);
const rust = rustModules(description);
const files = {
  'src/sdk/openrpc.json': `${JSON.stringify(description, undefined, 2)}\n`,
  'src/sdk/python/agentfs/models.py': pythonModels(description),
  'src/sdk/rust/src/models.rs': rust.models,
  'src/sdk/rust/src/requests.rs': rust.requests,
  ...Object.fromEntries(FACES.map((name) => [`src/sdk/python/agentfs/${name}.py`, faceOf(name)])),
};
const stale = Object.entries(files).filter(([place, text]) => {
  const file = join(ROOT, place);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});

if (!process.argv.includes('--check')) {
  for (const [place, text] of stale) writeFileSync(join(ROOT, place), text);
  await ensureParamsChecks(ROOT);
} else if (stale.length > 0) {
  for (const [place] of stale)
    console.error(`${place} is not what its source says (service.ts, or of Python aio/)`);
  console.error('run: npm run protocol');
  process.exit(1);
}

function faceOf(name) {
  return synchronousFace(name, readFileSync(join(ROOT, 'src/sdk/python/agentfs/aio', `${name}.py`), 'utf8'));
}

/**
 * The checks of the params of every method, as a module of the build, from src/sdk/openrpc.json: compiled here, so that
 * an owner starts without a schema compiler.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { step } from './report.mjs';

const DESCRIPTION = 'src/sdk/openrpc.json';
const SCHEMAS = 'schemas';
const MODULE = 'dist/sdk/typescript/owner/params-checks.js';

/** Skipped while the module is of this description; the build takes it away where it removes what has no source. */
export async function ensureParamsChecks(root) {
  const text = readFileSync(join(root, DESCRIPTION));
  const compiler = readFileSync(fileURLToPath(import.meta.url));
  const mark = `// ${createHash('sha256').update(text).update(compiler).digest('hex')}\n`;
  const module = join(root, MODULE);
  if (existsSync(module) && readFileSync(module, 'utf8').startsWith(mark)) return;
  await step(`compiling ${DESCRIPTION} to ${MODULE}`, async () => {
    writeFileSync(module, mark + (await compileChecks(JSON.parse(text.toString()))));
  });
}

/** The text of a module that exports a map of method names to functions; `.errors` of one tells what was wrong. */
export async function compileChecks({ methods, components }) {
  const { default: Ajv, _ } = await import('ajv');
  const { default: standalone } = await import('ajv/dist/standalone/index.js');
  const ajv = new Ajv.default({
    code: { source: true, esm: true },
    messages: false,
    strictTypes: false,
  });
  ajv.addKeyword({
    keyword: 'x-bytes',
    schemaType: 'boolean',
    code: (context) => context.fail(_`!(${context.data} instanceof Uint8Array)`),
  });
  ajv.addSchema(
    withDefinitions({ $id: SCHEMAS, definitions: { ...components.schemas, Bytes: { 'x-bytes': true } } }),
  );
  const names = {};
  for (const [index, method] of methods.entries()) {
    const id = `check${index}`;
    ajv.addSchema(withDefinitions({ $id: id, ...paramsSchema(method) }));
    names[id] = id;
  }
  const table = methods.map(({ name }, index) => `[${JSON.stringify(name)},check${index}]`).join(',');
  return `${standalone.default(ajv, names)}\nexport const paramsChecks = new Map([${table}]);\n`;
}

function paramsSchema(method) {
  const either = method['x-exactly-one-of'];
  return {
    type: 'object',
    properties: Object.fromEntries(method.params.map(({ name, schema }) => [name, schema])),
    required: method.params.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
    ...(either === undefined ? {} : { oneOf: either.map((name) => ({ required: [name] })) }),
  };
}

/** For the compiler: with its own addresses, and without the words for people. */
function withDefinitions(schema) {
  const text = JSON.stringify(schema, (key, value) =>
    key === 'description' && typeof value === 'string' ? undefined : value,
  );
  return JSON.parse(text.replaceAll('"#/components/schemas/', `"${SCHEMAS}#/definitions/`));
}

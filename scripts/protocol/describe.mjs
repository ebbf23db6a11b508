/**
 * The OpenRPC document of the owner's JSON-RPC, from the TypeScript types of its methods, events and errors.
 *
 * Doc comments become descriptions; their tags @asType, @minimum and @maximum become what JSON Schema says of a number.
 * Every number of the protocol is whole, but for durations: their names end in Ms.
 * Raw bytes are no JSON: `Uint8Array` becomes the schema Bytes, which stands for the frame's second part.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tsj from 'ts-json-schema-generator';

// The generator's own: the project's TypeScript has no such interface.
const ts = createRequire(createRequire(import.meta.url).resolve('ts-json-schema-generator'))('typescript');

const OPENRPC_VERSION = '1.3.2';

/** `root` is the project's folder, already built. */
export async function describeProtocol(root) {
  const { types, definitions } = readTypes(root);
  const { ServiceMethods, HomeMethods, ServiceEvents } = types;
  const methods = { ...HomeMethods.properties, ...ServiceMethods.properties };
  const protocol = await import(pathToFileURL(join(root, 'dist', 'rpc', 'protocol.js')).href);
  return withComponentReferences({
    openrpc: OPENRPC_VERSION,
    info: {
      title: 'AgentFS',
      version: String(protocol.PROTOCOL_VERSION),
      description:
        'What the process that owns a workspace can be asked over its socket, and, with names that begin with `home.`, ' +
        'what `agentfs rpc` can be asked over its standard input and output: JSON-RPC 2.0, each message a frame of ' +
        'two lengths (u32, big-endian), the JSON, and the raw bytes of its member `data`. The first call is `hello`.',
    },
    methods: [hello(), ...Object.entries(methods).map(([name, ask]) => methodOf(name, ask, definitions))],
    components: { schemas: { Hello: helloSchema(), ...definitions } },
    'x-events': Object.entries(ServiceEvents.properties).map(([name, schema]) => ({ name, schema })),
    'x-errors': { code: protocol.RPC_AGENTFS_ERROR, data: { $ref: '#/definitions/ErrorJson' } },
    'x-limits': { jsonBytes: protocol.MAX_JSON_BYTES, dataBytes: protocol.MAX_DATA_BYTES },
    'x-notifications': { cancel: protocol.CANCEL_METHOD, goodbye: protocol.GOODBYE_METHOD, event: 'event' },
  });
}

function readTypes(root) {
  const config = {
    path: join(root, 'src', '{sdk/typescript/{service,home-service},base/errors}.ts'),
    tsconfig: join(root, 'tsconfig.json'),
    // `npm run build` checks the types.
    skipTypeCheck: true,
    additionalProperties: false,
    expose: 'export',
    topRef: true,
    jsDoc: 'extended',
    sortProps: false,
  };
  const program = tsj.createProgram(config);
  const parser = tsj.createParser(program, config, (chain) => chain.addNodeParser(bytesParser()));
  const generator = new tsj.SchemaGenerator(program, parser, tsj.createFormatter(config), config);
  const all = {};
  for (const name of ['ServiceMethods', 'HomeMethods', 'ServiceEvents', 'ErrorJson']) {
    Object.assign(all, generator.createSchema(name).definitions);
  }
  for (const schema of Object.values(all)) tellWholeNumbers(schema);
  const { ServiceMethods, HomeMethods, ServiceEvents, ...definitions } = all;
  return {
    types: { ServiceMethods, HomeMethods, ServiceEvents },
    definitions: Object.fromEntries(Object.entries(definitions).sort(byName)),
  };
}

/** Reads `Uint8Array` as bytes beside the JSON. */
function bytesParser() {
  const length = new tsj.ObjectProperty('$bytes', new tsj.NumberType(), true);
  const marker = new tsj.ObjectType('bytes', [], [length], false);
  const description = 'Raw bytes: so many follow the JSON in its frame.';
  const bytes = new tsj.DefinitionType('Bytes', new tsj.AnnotatedType(marker, { description }, false));
  return {
    supportsNode: (node) => ts.isTypeReferenceNode(node) && node.typeName.getText() === 'Uint8Array',
    createType: () => bytes,
  };
}

function tellWholeNumbers(schema, name = '') {
  if (typeof schema !== 'object' || schema === null) return;
  if (schema.type === 'number' && !name.endsWith('Ms')) schema.type = 'integer';
  if (Array.isArray(schema.type) && !name.endsWith('Ms')) {
    schema.type = schema.type.map((type) => (type === 'number' ? 'integer' : type));
  }
  for (const [member, value] of Object.entries(schema.properties ?? {})) tellWholeNumbers(value, member);
  for (const value of [schema.items, schema.additionalProperties, ...(schema.anyOf ?? [])])
    tellWholeNumbers(value);
}

function methodOf(name, { description, properties }, definitions) {
  const { params, result } = properties;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    paramStructure: 'by-name',
    ...paramsOf(definitions[params.$ref?.replace('#/definitions/', '')] ?? params),
    result: { name: 'result', schema: result },
  };
}

/** Of alternatives: all their params, those of every one required, and which of the others exclude each other. */
function paramsOf(schema) {
  const shapes = schema.anyOf ?? [schema];
  const names = [...new Set(shapes.flatMap(({ properties = {} }) => Object.keys(properties)))];
  const isShared = (name) => shapes.every(({ required = [] }) => required.includes(name));
  const params = names.map((name) => {
    const { description, ...rest } = shapes.find(({ properties }) => properties?.[name] !== undefined)
      .properties[name];
    return {
      name,
      ...(description === undefined ? {} : { description }),
      required: isShared(name),
      schema: rest,
    };
  });
  const either = names.filter((name) => !shapes.every(({ properties }) => properties?.[name] !== undefined));
  return { params, ...(either.length === 0 ? {} : { 'x-exactly-one-of': either }) };
}

function hello() {
  return {
    name: 'hello',
    description:
      'The first call of a connection. A peer of another protocol version is refused with PROTOCOL_MISMATCH.',
    paramStructure: 'by-name',
    params: Object.entries(helloSchema().properties).map(([name, schema]) => ({
      name,
      required: helloSchema().required.includes(name),
      schema,
    })),
    result: { name: 'result', schema: { $ref: '#/definitions/Hello' } },
  };
}

function helloSchema() {
  return {
    type: 'object',
    properties: {
      protocol: { type: 'integer', description: 'The version of the protocol: both must be equal.' },
      version: { type: 'string', description: 'The release of AgentFS, for messages to people.' },
      pid: { type: 'integer' },
      role: { type: 'string', enum: ['background', 'in-process', 'home', 'client'] },
      workspace: { type: 'string' },
      database: { type: 'string' },
    },
    required: ['protocol', 'version', 'pid', 'role'],
  };
}

function withComponentReferences(document) {
  return JSON.parse(JSON.stringify(document).replaceAll('"#/definitions/', '"#/components/schemas/'));
}

function byName([a], [b]) {
  return a < b ? -1 : a > b ? 1 : 0;
}

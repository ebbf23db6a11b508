/**
 * The protocol as Rust: `models.rs`, the shapes that an owner answers with, and `requests.rs`, one struct for each method,
 * whose optional params are the setters of `Call`.
 *
 * An answer with one member that is always there is that member, one without any is `()`. Words become enums of a macro
 * (words.rs) that takes words of a newer owner; raw bytes travel beside the JSON, so that no shape has them.
 */
const LINE = 100;

/** Shapes that stand without a name in the protocol. */
const NAMES = {
  HomeListWorkspaces: 'WorkspaceEntry',
  ResolveStrategy: 'Resolution',
  MountAddDriver: 'MountDriver',
  NodeKind: 'FileKind',
  OwnerInfoKind: 'OwnerKind',
  OwnerPlaceKind: 'OwnerKind',
  SyncStatusErrorBrake: 'SyncBrake',
};
/** Types that the crate writes by hand. */
const HANDMADE = { ConflictReference: 'ConflictReference', TimeChange: 'TimeChange' };
const FIELDS = { type: 'kind', self: 'is_self' };
/** Numbers of system calls that have 32 bits. */
const NARROW = new Set(['mode', 'uid', 'gid', 'nlink', 'pid']);
const SECONDS = new Set(['interval', 'timeout']);
/** Params that are words of open(2) and the like: written by the crate, never by its caller. */
const FIXED = new Set(['exist', 'flag', 'flags']);
const UNSET = new Set(['encoding', 'useLocal', 'useRemote']);
/** What the crate offers in another form than a `Call`. */
const OTHER_FORM =
  /^(home\.|events\.|fs\.(open|close|read|write|readdir|readFile|writeFile|truncate|.*xattr)$)/;
const BYTES = '#/components/schemas/Bytes';

/** `document` is the OpenRPC document; returns the texts of both modules. */
export function rustModules(document) {
  const models = new Models(document.components.schemas);
  const methods = document.methods.filter(({ name }) => name !== 'hello');
  const requests = methods.map((method) => requestOf(method, models));
  for (const { schema } of document['x-events']) models.typeOf(schema, 'Event');
  models.typeOf(document['x-errors'].data, 'Error');
  models.drop('ErrorJson');
  return { models: `${MODELS_HEAD}${models.text()}`, requests: `${REQUESTS_HEAD}${requests.join('\n')}` };
}

const MODELS_HEAD = `//! The shapes of what a workspace's owner answers. Made from src/sdk/openrpc.json by \`npm run protocol\`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::words;

`;

const REQUESTS_HEAD = `//! What can be asked, a struct for each method: what a [\`Call\`] carries. Made from src/sdk/openrpc.json by
//! \`npm run protocol\`.

use std::time::Duration;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::call::{sealed, seconds, Call, Request};
use crate::error::{Error, SyncError};
use crate::frame::ByteMark;
use crate::models;
use crate::references::{ConflictReference, TimeChange};

`;

class Models {
  #schemas;
  /** By name, in the order in which each is first needed. */
  #made = new Map();

  constructor(schemas) {
    this.#schemas = schemas;
  }

  text() {
    return [...this.#made.values()].filter((text) => text !== '').join('\n');
  }

  drop(name) {
    this.#made.delete(name);
  }

  /** The schema itself, where it stands behind a name. */
  resolved(schema) {
    return schema.$ref === undefined ? schema : this.#schemas[schema.$ref.split('/').at(-1)];
  }

  /** What to write for a schema's type; `name` is for a shape that has none, `member` is where it stands. */
  typeOf(schema, name, member = '') {
    if (schema.$ref !== undefined) return this.#named(schema.$ref.split('/').at(-1), member);
    if (schema.enum !== undefined || schema.const !== undefined) return this.#words(name, schema);
    if (schema.anyOf !== undefined) return this.#either(schema.anyOf, name, member);
    if (Array.isArray(schema.type)) {
      const [type] = schema.type.filter((one) => one !== 'null');
      return `Option<${this.typeOf({ ...schema, type }, name, member)}>`;
    }
    switch (schema.type) {
      case 'string':
        return 'String';
      case 'integer':
        return integerOf(schema, member);
      case 'number':
        return 'f64';
      case 'boolean':
        return 'bool';
      case 'array':
        return `Vec<${this.typeOf(schema.items, name, member)}>`;
      case 'object':
        if (schema.properties !== undefined) return this.#struct(name, schema);
        return `BTreeMap<String, ${this.typeOf(schema.additionalProperties, name)}>`;
      default:
        return 'serde_json::Value';
    }
  }

  #named(name, member) {
    if (HANDMADE[name] !== undefined) return HANDMADE[name];
    const schema = this.#schemas[name];
    const isShape =
      schema.properties !== undefined || schema.enum !== undefined || schema.anyOf !== undefined;
    return isShape ? this.typeOf(schema, name) : this.typeOf(schema, name, member);
  }

  #either(schemas, name, member) {
    const others = schemas.filter(({ type }) => type !== 'null');
    if (others.length < schemas.length) return `Option<${this.#either(others, name, member)}>`;
    if (others.length === 1) return this.typeOf(others[0], name, member);
    if (others.some(({ type, enum: words }) => type === 'string' && words === undefined)) return 'String';
    const shapes = others.map((one) => this.resolved(one));
    const words = shapes.flatMap((one) => one.enum ?? []);
    if (shapes.every((one) => one.enum !== undefined)) return this.#words(name, { enum: words });
    return this.#tagged(name, shapes);
  }

  #words(given, { enum: words, const: word, description }) {
    const name = NAMES[given] ?? given;
    if (this.#made.has(name)) return name;
    const lines = (words ?? [word]).map((one) => `        ${variantOf(one)} = ${JSON.stringify(one)},`);
    const head = docOf(description ?? told(name), '    ');
    this.#made.set(name, ['words! {', ...head, `    ${name} {`, ...lines, '    }', '}', ''].join('\n'));
    return name;
  }

  /** Alternatives that their member `kind` tells apart. */
  #tagged(name, shapes) {
    if (this.#made.has(name)) return name;
    this.#made.set(name, '');
    const variants = shapes.flatMap(({ properties: { kind, ...rest }, description }) => {
      const members = Object.entries(rest).map(([member, value]) => [
        ...docOf(value.description ?? told(member), '        '),
        `        ${fieldOf(member)}: ${this.typeOf(value, `${name}${capital(member)}`, member)},`,
      ]);
      const body = members.length === 0 ? [','] : [' {', ...members.flat(), '    },'];
      return (kind.enum ?? [kind.const]).flatMap((word) => [
        ...docOf(description ?? told(word), '    '),
        `    ${variantOf(word)}${body[0]}`,
        ...body.slice(1),
      ]);
    });
    this.#made.set(
      name,
      [
        ...docOf(told(name), ''),
        '#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]',
        '#[serde(tag = "kind", rename_all = "lowercase")]',
        '#[non_exhaustive]',
        `pub enum ${name} {`,
        ...variants,
        '    /// Something that only a newer owner knows.',
        '    #[serde(other)]',
        '    Unknown,',
        '}',
        '',
      ].join('\n'),
    );
    return name;
  }

  #struct(given, { properties, required = [], description }) {
    const name = NAMES[given] ?? given;
    if (this.#made.has(name)) return name;
    this.#made.set(name, '');
    const isChange = required.length === 0;
    // Nothing that holds a token is printed.
    const traits = [
      'Clone',
      ...(properties.token === undefined ? ['Debug'] : []),
      ...(isChange ? ['Default'] : []),
    ];
    const lines = Object.entries(properties).flatMap(([member, value]) => {
      const type = this.typeOf(value, `${given}${capital(member)}`, member);
      const isRequired = required.includes(member);
      return [
        ...docOf(value.description ?? this.resolved(value).description ?? told(member), '    '),
        ...serdeOf(member, !isRequired),
        `    pub ${fieldOf(member)}: ${isRequired || type.startsWith('Option<') ? type : `Option<${type}>`},`,
      ];
    });
    this.#made.delete(name);
    this.#made.set(
      name,
      [
        ...docOf(description ?? told(name), ''),
        `#[derive(${traits.join(', ')}, PartialEq, Serialize, Deserialize)]`,
        '#[serde(rename_all = "camelCase")]',
        '#[non_exhaustive]',
        `pub struct ${name} {`,
        ...lines,
        '}',
        '',
      ].join('\n'),
    );
    return name;
  }
}

/** The struct of a method's params, what it answers, and the setters of what may be left out. */
function requestOf(method, models) {
  const name = method.name.split('.').map(capital).join('');
  const params = method.params.filter(({ name }) => !UNSET.has(name));
  const fields = params.map((param) => fieldOfParam(param, name, models));
  const isDefault = fields.every(({ param, type }) => !param.required || type !== 'ConflictReference');
  const error = method.name.startsWith('sync.') ? 'SyncError' : 'Error';
  const answer = answerOf(method, name, models);
  return [
    ...docOf(`\`${method.name}\`${method.description === undefined ? '' : `: ${method.description}`}`, ''),
    `#[derive(${isDefault ? 'Default, ' : ''}Serialize)]`,
    '#[serde(rename_all = "camelCase")]',
    ...(fields.length === 0 ? [`pub struct ${name} {}`] : [`pub struct ${name} {`]),
    ...fields.flatMap(({ param, type }) => [
      ...serdeOf(param.name, !param.required),
      `    pub(crate) ${fieldOf(param.name)}: ${param.required ? type : `Option<${type}>`},`,
    ]),
    ...(fields.length === 0 ? [] : ['}']),
    '',
    ...answer.struct,
    `impl sealed::Sealed for ${name} {}`,
    '',
    `impl Request for ${name} {`,
    `    const METHOD: &'static str = ${JSON.stringify(method.name)};`,
    `    type Answer = ${answer.type};`,
    `    type Output = ${answer.output};`,
    `    type Error = ${error};`,
    `    fn output(${answer.take === undefined ? '_' : 'answer'}: Self::Answer) -> Self::Output${answer.take === undefined ? ' {}' : ` {\n        ${answer.take}\n    }`}`,
    '}',
    '',
    ...settersOf(method, name, fields, models),
  ].join('\n');
}

function fieldOfParam(param, name, models) {
  const { schema } = param;
  if (hasBytes(schema)) return { param, type: 'ByteMark' };
  if (FIXED.has(param.name)) return { param, type: "&'static str" };
  return { param, type: placed(models.typeOf(schema, `${name}${capital(param.name)}`, param.name)) };
}

/** A type of models.rs as another module names it. */
function placed(type) {
  const own = new Set(['BTreeMap', 'ByteMark', 'Option', 'String', 'Vec', ...Object.values(HANDMADE)]);
  return type.replaceAll(/\b[A-Z]\w*/g, (name) => (own.has(name) ? name : `models::${name}`));
}

function answerOf({ result: { schema } }, name, models) {
  const { properties, required = [] } = models.resolved(schema);
  if (properties === undefined) return { struct: [], type: 'IgnoredAny', output: '()' };
  if (schema.$ref !== undefined) {
    const type = placed(models.typeOf(schema, name));
    return { struct: [], type, output: type, take: 'answer' };
  }
  const members = Object.entries(properties).filter(([, value]) => !hasBytes(value));
  const fields = members.map(([member, value]) => {
    const type = placed(models.typeOf(value, `${name}${capital(member)}`, member));
    return { member, type: required.includes(member) ? type : `Option<${type}>` };
  });
  const struct = [
    ...docOf(`What \`${name}\` answers with.`, ''),
    '#[derive(Clone, Debug, Deserialize)]',
    '#[serde(rename_all = "camelCase")]',
    '#[non_exhaustive]',
    `pub struct ${name}Answer {`,
    ...fields.flatMap(({ member, type }) => [
      ...docOf(properties[member].description ?? told(member), '    '),
      `    pub ${fieldOf(member)}: ${type},`,
    ]),
    '}',
    '',
  ];
  const [only, ...others] = fields.filter(({ member }) => required.includes(member));
  if (only === undefined) return { struct: [], type: 'IgnoredAny', output: '()' };
  if (others.length > 0) return { struct, type: `${name}Answer`, output: `${name}Answer`, take: 'answer' };
  return { struct, type: `${name}Answer`, output: only.type, take: `answer.${fieldOf(only.member)}` };
}

function settersOf(method, name, fields, models) {
  if (OTHER_FORM.test(method.name)) return [];
  const targets = method['x-exactly-one-of'] ?? [];
  const setters = fields
    .filter(({ param, type }) => !param.required && !FIXED.has(param.name) && !HANDMADE[type])
    .filter(({ param }) => !targets.includes(param.name))
    .flatMap(({ param, type }) => {
      const shape = models.resolved(param.schema);
      if (shape.properties !== undefined && (shape.required ?? []).length === 0) {
        // Changes of a bundle of settings: each is a setter.
        return Object.entries(shape.properties).flatMap(([member, value]) =>
          setterOf(
            { name: member, schema: value },
            placed(models.typeOf(value, `${name}${capital(member)}`, member)),
            `self.params.${fieldOf(param.name)}.get_or_insert_with(Default::default)`,
            models,
          ),
        );
      }
      return setterOf(param, type, 'self.params', models);
    });
  if (setters.length === 0) return [];
  return [`impl Call<${name}> {`, ...setters.slice(0, -1), '}', ''];
}

function setterOf({ name, schema, description }, type, target, models) {
  const field = fieldOf(name);
  const [given, value] = SECONDS.has(name)
    ? ['Duration', `seconds(${field})`]
    : type === 'String'
      ? ['impl Into<String>', `${field}.into()`]
      : type === 'Vec<String>' || type === 'Vec<ConflictReference>'
        ? [
            `impl IntoIterator<Item = impl Into<${type.slice(4, -1)}>>`,
            `${field}.into_iter().map(Into::into).collect()`,
          ]
        : type.startsWith('Vec<')
          ? [`impl IntoIterator<Item = ${type.slice(4, -1)}>`, `${field}.into_iter().collect()`]
          : [type, field];
  return [
    ...docOf(description ?? schema.description ?? models.resolved(schema).description ?? told(name), '    '),
    `    pub fn ${field}(mut self, ${field}: ${given}) -> Self {`,
    `        ${target}.${field} = Some(${value});`,
    '        self',
    '    }',
    '',
  ];
}

function hasBytes(schema) {
  return schema.$ref === BYTES || (schema.anyOf ?? []).some(({ $ref }) => $ref === BYTES);
}

function integerOf({ minimum, maximum, description = '' }, member) {
  if (minimum === undefined && /negative/.test(description)) return 'i64';
  if (SECONDS.has(member)) return 'u64';
  if (NARROW.has(member) || (minimum >= 0 && maximum <= 0xffffffff)) return 'u32';
  return 'u64';
}

function serdeOf(member, isOptional) {
  const said = [];
  const [field] = [fieldOf(member)];
  if (FIELDS[member] !== undefined) said.push(`rename = ${JSON.stringify(member)}`);
  if (isOptional) said.push('skip_serializing_if = "Option::is_none"');
  return said.length === 0 || field === '' ? [] : [`    #[serde(${said.join(', ')})]`];
}

function fieldOf(member) {
  return FIELDS[member] ?? member.replaceAll(/([A-Z])/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `real-time` as `RealTime`, `WORKSPACE_BUSY` as `WorkspaceBusy`; names of errno stay. */
function variantOf(word) {
  if (/^E[A-Z0-9]+$/.test(word)) return word;
  return word
    .split(/[^A-Za-z0-9]+/)
    .map((part) => capital(/[a-z]/.test(part) ? part : part.toLowerCase()))
    .join('');
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

/** For what the protocol has no sentence for: its name as words. */
function told(name) {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('-', ' ')
    .toLowerCase();
  return `${capital(words)}.`;
}

function docOf(description, indent) {
  const text = description.replaceAll(/\s+/g, ' ').trim();
  const lines = [];
  let line = `${indent}///`;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > LINE) {
      lines.push(line);
      line = `${indent}///`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

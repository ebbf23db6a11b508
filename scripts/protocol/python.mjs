/**
 * The shapes of the protocol as Python: one frozen dataclass for each object that an owner answers with, one Literal for
 * each set of words.
 *
 * Members are in snake_case; what may be absent has None as its default. Shapes without a name of their own are named
 * after their place.
 */
const KEYWORDS = new Set(['from', 'in', 'is', 'not']);
const LINE = 100;

/** `document` is the OpenRPC document; returns the text of a module. */
export function pythonModels(document) {
  const models = new Models(document.components.schemas);
  for (const { name, result } of document.methods)
    if (name !== 'hello') models.typeOf(result.schema, nameOf(name));
  for (const { schema } of document['x-events']) models.typeOf(schema, 'Event');
  return `${HEAD}${models.text()}`;
}

const HEAD = `"""The shapes of what a workspace's owner answers. Made from src/sdk/openrpc.json by \`npm run protocol\`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Literal, Optional, Tuple, Union

`;

class Models {
  #schemas;
  /** By name, in the order in which each is needed; a class comes after those it is made of. */
  #made = new Map();

  constructor(schemas) {
    this.#schemas = schemas;
  }

  text() {
    return [...this.#made.values()].filter((text) => text !== '').join('\n\n');
  }

  /** What to write for a schema's type; `name` is for a shape that has none. */
  typeOf(schema, name) {
    if (schema.$ref !== undefined) return this.#named(schema.$ref.split('/').at(-1));
    if (schema.enum !== undefined)
      return `Literal[${schema.enum.map((one) => JSON.stringify(one)).join(', ')}]`;
    if (schema.const !== undefined) return `Literal[${JSON.stringify(schema.const)}]`;
    if (schema.anyOf !== undefined) {
      const kinds = schema.anyOf.map((one, index) => this.typeOf(one, `${name}${index + 1}`));
      const others = [...new Set(kinds.filter((kind) => kind !== 'None'))];
      const union = others.length === 1 ? others[0] : `Union[${others.join(', ')}]`;
      return kinds.includes('None') ? `Optional[${union}]` : union;
    }
    if (Array.isArray(schema.type)) {
      const kinds = schema.type
        .filter((type) => type !== 'null')
        .map((type) => this.typeOf({ ...schema, type }, name));
      return `Optional[${kinds.length === 1 ? kinds[0] : `Union[${kinds.join(', ')}]`}]`;
    }
    switch (schema.type) {
      case 'string':
        return 'str';
      case 'integer':
        return 'int';
      case 'number':
        return 'float';
      case 'boolean':
        return 'bool';
      case 'null':
        return 'None';
      case 'array':
        return `Tuple[${this.typeOf(schema.items, name)}, ...]`;
      case 'object':
        if (schema.properties === undefined) return this.#mapping(schema, name);
        this.#define(name, schema);
        return name;
      default:
        return 'object';
    }
  }

  #mapping({ additionalProperties }, name) {
    if (additionalProperties?.type === undefined) return 'Dict[str, object]';
    return `Dict[str, ${this.typeOf(additionalProperties, name)}]`;
  }

  #named(name) {
    const schema = this.#schemas[name];
    if (name === 'Bytes') return 'bytes';
    if (schema.type === 'object' && schema.properties !== undefined) {
      this.#define(name, schema);
      return name;
    }
    if (schema.enum === undefined && schema.anyOf === undefined) return this.typeOf(schema, name);
    if (!this.#made.has(name)) {
      this.#made.set(name, '');
      const type = this.typeOf(schema, name);
      this.#made.delete(name);
      this.#made.set(name, wrapped(`${name} = ${type}`, type));
    }
    return name;
  }

  #define(name, schema) {
    if (this.#made.has(name)) return;
    this.#made.set(name, '');
    const required = new Set(schema.required ?? []);
    const lines = [];
    const members = Object.entries(schema.properties).map(([member, value]) => {
      const type = this.typeOf(value, `${name}${capital(member)}`);
      return { member, type, description: value.description, isRequired: required.has(member) };
    });
    for (const { member, type, description } of members.filter(({ isRequired }) => isRequired)) {
      lines.push(`    ${snake(member)}: ${type}`, ...docOf(description, '    '));
    }
    for (const { member, type, description } of members.filter(({ isRequired }) => !isRequired)) {
      const optional = type.startsWith('Optional[') ? type : `Optional[${type}]`;
      lines.push(`    ${snake(member)}: ${optional} = None`, ...docOf(description, '    '));
    }
    this.#made.delete(name);
    const head = ['@dataclass(frozen=True)', `class ${name}:`, ...docOf(schema.description, '    ')];
    if (schema.description !== undefined) head.push('');
    this.#made.set(name, `${[...head, ...lines].join('\n')}\n`);
  }
}

/** `fs.readFile` as `FsReadFileResult`. */
function nameOf(method) {
  return `${method.split('.').map(capital).join('')}Result`;
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

export function snake(name) {
  const words = name.replaceAll(/([A-Z])/g, (letter) => `_${letter.toLowerCase()}`);
  return KEYWORDS.has(words) ? `${words}_` : words;
}

function docOf(description, indent) {
  if (description === undefined) return [];
  const text = description.replaceAll(/\s+/g, ' ').replaceAll('\\', '\\\\');
  const quoted = `"""${text}"""`;
  if (indent.length + quoted.length <= LINE) return [indent + quoted];
  return [`${indent}"""`, ...folded(text, indent), `${indent}"""`];
}

function folded(text, indent) {
  const lines = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > LINE && line !== indent) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line];
}

function wrapped(line, type) {
  if (line.length <= LINE || !type.startsWith('Literal[')) return `${line}\n`;
  const words = type.slice('Literal['.length, -1).split(', ');
  return `${line.slice(0, line.indexOf('Literal['))}Literal[\n${words.map((word) => `    ${word},`).join('\n')}\n]\n`;
}

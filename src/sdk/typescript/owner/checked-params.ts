/**
 * A method's params, checked against the description of the protocol: they may come from another process, in another
 * language. Pure.
 */
import { AgentFsError } from '../../../base/index.js';
import type { HomeMethods } from '../home-service.js';
import type { ServiceMethods } from '../service.js';
import { type ParamsProblem, paramsChecks } from './params-checks.js';

const WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

type AnyMethods = ServiceMethods & HomeMethods;

/** Throws INVALID_ARGUMENT that names the method, the param and what it must be. */
export function checkedParams<M extends keyof AnyMethods>(
  method: M,
  params: unknown,
): AnyMethods[M]['params'] {
  const check = paramsChecks.get(method);
  if (check === undefined || check(params)) return params as AnyMethods[M]['params'];
  throw wrongParam(method, problemOf(check.errors ?? []));
}

/** INVALID_ARGUMENT for what the description cannot say of a param. */
export function wrongParam(method: keyof AnyMethods, problem: string): AgentFsError {
  return new AgentFsError('INVALID_ARGUMENT', `${method}: ${problem}`, { operation: method });
}

function problemOf(errors: readonly ParamsProblem[]): string {
  const error = errors.at(-1);
  if (error === undefined) return 'its params are wrong';
  const { keyword, params, instancePath } = error;
  const name = nameOf(instancePath);
  if (keyword === 'required') return `'${within(name, String(params.missingProperty))}' must be given`;
  if (keyword === 'additionalProperties')
    return `there is no '${within(name, String(params.additionalProperty))}'`;
  if (keyword === 'oneOf' && name === '') {
    const names = errors.filter((one) => one.keyword === 'required').map((one) => one.params.missingProperty);
    return names.length === 0 ? 'two params exclude each other' : `'${names.join("' or '")}' must be given`;
  }
  return `'${name}' must be ${expected(error, errors)}`;
}

function expected(error: ParamsProblem, errors: readonly ParamsProblem[]): string {
  const { keyword, params, instancePath } = error;
  switch (keyword) {
    case 'type':
      return WORDS[String(params.type)] ?? String(params.type);
    case 'x-bytes':
      return 'bytes';
    case 'enum':
      return `one of ${(params.allowedValues as readonly string[]).join(', ')}`;
    case 'const':
      return `'${params.allowedValue}'`;
    case 'pattern':
      // The only one there is: ^/
      return 'a path that begins with /';
    case 'minimum':
      return `at least ${params.limit}`;
    case 'maximum':
      return `at most ${params.limit}`;
    case 'required':
      return `an object with '${params.missingProperty}'`;
    case 'additionalProperties':
      return `an object without '${params.additionalProperty}'`;
    default: {
      const alternatives = errors.filter((one) => one !== error && one.instancePath === instancePath);
      return [...new Set(alternatives.map((one) => expected(one, [])))].join(', or ') || 'something else';
    }
  }
}

/** `/names/0` as `names.0`. */
function nameOf(instancePath: string): string {
  return instancePath.slice(1).replaceAll('/', '.');
}

function within(name: string, member: string): string {
  return name === '' ? member : `${name}.${member}`;
}

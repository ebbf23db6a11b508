/**
 * Every `fs.` method of service.ts in one place; a missing one does not compile.
 *
 * Loaded with the first call of one, since asking for the sync status needs none of them.
 */
import type { MethodName } from '../service.js';
import { attributeMethods } from './attribute-methods.js';
import { fileMethods } from './file-methods.js';
import type { Handlers } from './method.js';
import { treeMethods } from './tree-methods.js';

export type FsMethodName = Extract<MethodName, `fs.${string}`>;

export const fsMethods: Handlers<FsMethodName> = { ...fileMethods, ...treeMethods, ...attributeMethods };

/**
 * Replacing a text by another, exactly: where it stands once, or everywhere. Pure.
 */
import { AgentFsError } from '../../base/index.js';

export interface Edit {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly all: boolean;
}

/** Throws INVALID_ARGUMENT where the text is not there, or more than once without `all`. */
export function editText(text: string, { path, from, to, all }: Edit): { text: string; count: number } {
  const count = text.split(from).length - 1;
  if (count === 0) {
    throw refused(
      path,
      `the old text is not in '${path}'`,
      'Read the file again and copy the text as it stands.',
    );
  }
  if (count > 1 && !all) {
    throw refused(
      path,
      `the old text is in '${path}' ${count} times`,
      'Give more of the lines around it, so that it is there once, or set all to true.',
    );
  }
  return { text: text.split(from).join(to), count };
}

function refused(path: string, message: string, hint: string): AgentFsError {
  return new AgentFsError('INVALID_ARGUMENT', message, { operation: 'edit', path, hint });
}

/** The examples in Rust do what their comments promise: cargo builds them, as the examples of the crate. */
import t from 'tap';
import {
  buildExamples,
  CARGO_TIMEOUT_MS,
  exampleProgram,
  missingCargo,
  RUST_ENVIRONMENT,
} from '../sdk/cargo.js';
import { testExamples } from './examples.js';

const missing = missingCargo();
if (missing === undefined) {
  t.setTimeout(2 * CARGO_TIMEOUT_MS);
  buildExamples();
}
testExamples(
  'Rust',
  (name) => ({ command: exampleProgram(name.replaceAll('-', '_')), args: [], env: RUST_ENVIRONMENT }),
  missing,
);

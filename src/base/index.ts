/**
 * base: what every layer may use and that uses none: errors, time, names, ids.
 *
 * Everything here is pure or a port, but for what `late` loads, and `addon-path`, which is imported by itself. Any layer may import it.
 */
export * from './clock.js';
export * from './errors.js';
export * from './late.js';
export * from './names.js';
export * from './timers.js';

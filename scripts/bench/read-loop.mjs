/**
 * Reads a file again and again between `start` and `stop`; answers with how long each time took, nanoseconds.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import process from 'node:process';

const [path] = process.argv.slice(2);
const bytes = Buffer.alloc(4096);
let times = [];
let running = false;

function some() {
  if (!running) return;
  for (let i = 0; i < 50; i++) {
    const started = process.hrtime.bigint();
    statSync(path);
    const descriptor = openSync(path, 'r');
    readSync(descriptor, bytes, 0, bytes.length, 0);
    closeSync(descriptor);
    times.push(Number(process.hrtime.bigint() - started));
  }
  setImmediate(some);
}

process.on('message', (word) => {
  running = word === 'start';
  if (running) {
    times = [];
    some();
  } else process.send(times);
});

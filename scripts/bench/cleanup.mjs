/**
 * What a run of the bench or of a suite leaves behind: nothing.
 *
 * Whoever starts a server, mounts or makes a folder pushes how to undo it; `run` undoes all in reverse, each whatever became
 * of the others, and says what could not be undone. A signal does the same before the process ends.
 */
import process from 'node:process';

export class Cleanup {
  #steps = [];
  #program;

  /** `program` is who speaks where something could not be undone. */
  constructor(program = 'bench') {
    this.#program = program;
  }

  /** `undo` may be asynchronous; `what` names it for the person where it fails. */
  push(what, undo) {
    this.#steps.push({ what, undo });
  }

  async run() {
    for (;;) {
      const step = this.#steps.pop();
      if (step === undefined) return;
      try {
        await step.undo();
      } catch (error) {
        process.stderr.write(`${this.#program}: could not undo: ${step.what}: ${error.message}\n`);
      }
    }
  }

  /** Undoes everything on SIGINT, SIGTERM and SIGHUP, then ends the process. */
  onSignals() {
    for (const [signal, number] of [
      ['SIGHUP', 1],
      ['SIGINT', 2],
      ['SIGTERM', 15],
    ]) {
      process.once(signal, () => void this.run().finally(() => process.exit(128 + number)));
    }
  }
}

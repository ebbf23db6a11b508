/**
 * The thread of `Checkpointer`: a connection of its own that moves the WAL into the database when it is told to.
 *
 * A PASSIVE checkpoint waits for nobody, and neither readers nor the writer wait for it. What it could not do is left to
 * the next one.
 */
import { parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import { type CheckpointResult, type CheckpointWorkerData, IDLE } from './checkpointer.js';

const { path, state } = workerData as CheckpointWorkerData;
const db = new Sqlite(path, { fileMustExist: true });
db.pragma('synchronous = NORMAL');
db.pragma('wal_autocheckpoint = 0');

function checkpoint(): CheckpointResult {
  try {
    const [row] = db.pragma('wal_checkpoint(PASSIVE)') as {
      busy: number;
      log: number;
      checkpointed: number;
    }[];
    return { whole: row !== undefined && row.busy === 0 && row.log === row.checkpointed };
  } catch {
    // A full or failing disk: whoever writes meets it too, and says so.
    return { whole: false };
  }
}

parentPort?.on('message', (word: 'checkpoint' | 'end') => {
  if (word === 'end') {
    db.close();
    parentPort?.close();
    return;
  }
  const result = checkpoint();
  Atomics.store(state, 0, IDLE);
  Atomics.notify(state, 0);
  parentPort?.postMessage(result);
});

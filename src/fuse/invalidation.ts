/**
 * Tells the kernel of changes that did not come through it, so that it may keep everything else for a day.
 *
 * Invariants: a call only queues; the bytes leave from the notifier thread, never from the one that answers requests
 * (INVAL_ENTRY waits for the directory's lock, which a request in flight may hold). The new state is published before
 * the observer hears of it, so whoever asks after the notification gets the new answer.
 */
import type { ChangeObserver } from '../vfs/index.js';
import { incrementEpoch, invalidateEntry, invalidateInode } from './protocol/notify.js';

/** What is needed of a channel. */
export interface NotificationQueue {
  notify(message: Uint8Array): void;
}

const FROM_START = 0;
const TO_END = 0;
const ATTRIBUTES_ONLY = -1;

export class Invalidation implements ChangeObserver {
  readonly #queue: NotificationQueue;
  /** Directories whose cached listing is to be dropped at the end of this turn, each once. */
  readonly #listings = new Set<number>();
  #stopped = false;

  constructor(queue: NotificationQueue) {
    this.#queue = queue;
  }

  entryChanged(parentNode: number, name: string): void {
    this.#notify(invalidateEntry(parentNode, name));
    // INVAL_ENTRY of a name that the kernel does not know leaves the directory's cached listing as it was.
    if (this.#listings.size === 0) queueMicrotask(this.#dropListings);
    this.#listings.add(parentNode);
  }

  nodeChanged(node: number, content: boolean): void {
    this.#notify(invalidateInode(node, content ? FROM_START : ATTRIBUTES_ONLY, TO_END));
  }

  /** Every name is looked up again before it is used: the cheap way after a change of thousands (Linux 6.16). */
  allNamesChanged(): void {
    this.#notify(incrementEpoch());
  }

  /** Nothing is queued any more; for a mount that has gone. */
  stop(): void {
    this.#stopped = true;
  }

  readonly #dropListings = (): void => {
    for (const node of this.#listings) this.#notify(invalidateInode(node, FROM_START, TO_END));
    this.#listings.clear();
  };

  #notify(message: Uint8Array): void {
    if (!this.#stopped) this.#queue.notify(message);
  }
}

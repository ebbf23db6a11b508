/**
 * Whether what was committed here concerns a remote at all: with filters, a build may write for hours where nothing is synced,
 * and the remote is not asked because of it.
 */
import type { StoreReader } from '../../store/index.js';
import { createFilter } from '../core/filters.js';
import { pendingInodes } from '../local/pending.js';
import { isFiltered } from '../settings.js';
import type { LinkSettings } from './remote-link.js';

export class Concern {
  readonly #reader: StoreReader;
  /** Up to here the change log holds nothing of concern, under these filters. */
  #seenSeq = 0;
  #seenUnder: unknown;

  /** The reader must be in no snapshot when it is asked. */
  constructor(reader: StoreReader) {
    this.#reader = reader;
  }

  isGiven({ config, agent, remoteName }: LinkSettings): boolean {
    if (!isFiltered(config)) return true;
    const remote = this.#reader.remote(remoteName);
    if (remote === undefined || remote.pushedSeq === 0) return true;
    if (this.#seenUnder !== config) this.#seenSeq = 0;
    this.#seenUnder = config;
    const upTo = this.#reader.lastSeq();
    const from = Math.max(this.#seenSeq, remote.pushedSeq);
    const filter = createFilter(config);
    if (pendingInodes(this.#reader, { remote, agent, filter, from }).size > 0) return true;
    this.#seenSeq = upTo;
    return false;
  }
}

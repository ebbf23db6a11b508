/**
 * What every FUSE driver gives the session: a connection to the kernel's FUSE device for one mount.
 *
 * Invariants: requests arrive one at a time, in the order in which the kernel gave them out, on the thread that
 * called `start`; `request` and `reply` are two fixed Buffers that the driver owns, and their bytes mean something
 * only during `onRequest`. No method here ever waits for the kernel on the calling thread.
 */

/** Counters since `start`; all only grow, apart from `spinWindowUs`. */
export interface ChannelStatistics {
  /** Requests read from the kernel. */
  readonly requests: number;
  /** Times the event loop woke up because the device had something to read. */
  readonly wakeups: number;
  /** Times a read that waited a little in place (a spin) found the next request. */
  readonly spinHits: number;
  /** Times a spin ran out and the event loop was left to wait. */
  readonly spinMisses: number;
  /** Length of the spin now, in microseconds; 0 while it does not pay. */
  readonly spinWindowUs: number;
  /** Replies that the kernel took. */
  readonly replies: number;
  /** Notifications written to the kernel, whether or not it had the entry cached. */
  readonly notifications: number;
  /** Notifications that the kernel refused for another reason than having nothing cached. */
  readonly notificationErrors: number;
  /** Replies that the kernel refused, apart from those whose caller had gone (ENOENT). */
  readonly replyErrors: number;
}

/** A connection to the kernel's FUSE device for one mount. */
export interface KernelChannel {
  /** The request being handled: valid only during `onRequest`. Page aligned; holds a 1 MiB write and its headers. */
  readonly request: Buffer;
  /** Where a handler builds its reply, fuse_out_header first. Holds a 1 MiB read and its header. */
  readonly reply: Buffer;
  /**
   * Begins serving.
   *
   * @param onRequest called once per kernel request with its length in bytes; it returns the length of the reply it
   *   built in `reply`, or 0 for none (FORGET, or `send` comes later). If it throws, the caller gets EIO.
   * @param onClosed called once: the mount has gone (unmounted, aborted), or, with the error, reading failed.
   * @param onFault called with what `onRequest` threw, and with replies that the kernel refused; never fatal.
   */
  start(
    onRequest: (length: number) => number,
    onClosed: (error?: Error) => void,
    onFault?: (error: unknown) => void,
  ): void;
  /** Sends a complete reply later. Its bytes are the caller's again on return. */
  send(reply: Uint8Array): void;
  /**
   * Queues a complete notification (fuse_out_header with unique 0, error = the notify code) for the notifier thread.
   * In order; never blocks; copies the bytes.
   */
  notify(message: Uint8Array): void;
  /**
   * Resolves when all notifications queued so far have been written to the kernel. For tests and unmount: a handler
   * that awaits it before it replies can deadlock, because the kernel may hold a lock that the reply would free.
   */
  notificationsDrained(): Promise<void>;
  /**
   * Unmounts, off this thread: umount2 as root, `fusermount3 -u` as a user.
   *
   * @param options.lazy detach now, let open files finish (MNT_DETACH).
   * @throws AgentFsError MOUNTPOINT_BUSY while files are open there; NOT_MOUNTED when the mount has gone already.
   */
  unmount(options?: { readonly lazy?: boolean }): Promise<void>;
  /** Aborts the connection: closes the device, so that every waiting request fails with ENOTCONN or ECONNABORTED. */
  abort(): void;
  statistics(): ChannelStatistics;
}

export interface MountOptions {
  /** An existing, empty directory; absolute. */
  readonly mountpoint: string;
  /** The source that `mount` and `df` show (fsname); the type shown is fuse.agentfs. */
  readonly name: string;
  readonly readOnly?: boolean;
  /** Other users may enter; the kernel checks permissions for them (default_permissions). */
  readonly allowOther?: boolean;
  /** Largest READ that the kernel may ask for, in bytes; its own default without. */
  readonly maxRead?: number;
  /** Device nodes work. Root only; off by default. */
  readonly dev?: boolean;
  /** Set-user-id and set-group-id bits work. Root only; off by default. */
  readonly suid?: boolean;
}

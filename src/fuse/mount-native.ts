/**
 * A mount served by our own channel: the session, the invalidation and the end of both.
 */
import { AgentFsError } from '../base/index.js';
import { checkMountpoint } from './drivers/mountpoint.js';
import { mountNative } from './drivers/native.js';
import { Invalidation } from './invalidation.js';
import type { Driver } from './mount.js';
import { raiseReadAhead } from './read-ahead.js';
import { Session } from './session.js';

/** How long the kernel may take to send INIT after mount(2), which it does at once. */
const INIT_TIMEOUT_MS = 10_000;

export const mountOverNative: Driver = async (filesystem, request) => {
  const { log } = request;
  const mountpoint = checkMountpoint(request.mountpoint);
  const channel = await mountNative({
    mountpoint,
    name: request.workspace,
    readOnly: request.readOnly ?? false,
    allowOther: request.allowOther ?? false,
    dev: request.dev ?? false,
    suid: request.suid ?? false,
  });
  const session = new Session({ channel, filesystem, log });
  const { ready, closed } = session.start();
  const invalidation = new Invalidation(channel);
  const unobserve = filesystem.observe(invalidation);
  const gone = closed.then((error) => {
    unobserve();
    invalidation.stop();
    filesystem.forgetAll();
    if (error !== undefined) log('the mount ended with an error', { mountpoint, error });
  });

  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, INIT_TIMEOUT_MS, 'late');
  });
  const first = await Promise.race([ready, gone.then(() => 'gone' as const), timeout]);
  clearTimeout(timer);
  if (first !== undefined) {
    if (first === 'late') await channel.unmount({ lazy: true }).catch(() => channel.abort());
    throw new AgentFsError('MOUNT_FAILED', `the kernel and AgentFS did not agree on ${mountpoint}`, {
      operation: 'mount',
      path: mountpoint,
      hint: 'AgentFS needs Linux 5.4 or newer; the log says what ended the mount.',
    });
  }
  await raiseReadAhead(mountpoint);

  return {
    mountpoint,
    driver: 'native',
    closed: gone,
    counts: () => session.counts(),
    statistics: () => channel.statistics(),
    async unmount(options) {
      await filesystem.sync();
      await channel.unmount(options);
      await gone;
    },
    notificationsDrained: () => channel.notificationsDrained(),
    allNamesChanged: () => invalidation.allNamesChanged(),
  };
};

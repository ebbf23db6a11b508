/*
 * The notifier: one thread per mount that writes invalidations to the kernel, in order.
 *
 * The kernel takes inode and page locks while it handles such a write, and a request that waits for our answer can
 * hold them; so the write must never happen on the thread that answers. For the same reason, ending the thread goes
 * on answering requests (with errors) until the thread has come out of its write.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"

enum { STACK_BYTES = 256 * 1024, STOP_STEP_NS = 1000000, STOP_STEPS = 2000 };

static void *run(void *argument) {
  struct channel *channel = argument;
  struct notifier *notifier = &channel->notifier;
  int fd = channel->fd;
  pthread_mutex_lock(&notifier->lock);
  while (!notifier->stop) {
    struct message *message = notifier->first;
    if (message == NULL) {
      pthread_cond_wait(&notifier->changed, &notifier->lock);
      continue;
    }
    notifier->first = message->next;
    if (notifier->first == NULL) notifier->last = &notifier->first;
    pthread_mutex_unlock(&notifier->lock);

    ssize_t taken;
    do {
      taken = write(fd, message->bytes, message->length);
    } while (taken < 0 && errno == EINTR);
    /* ENOENT: the kernel had nothing cached under that name. ENODEV, ENOTCONN: the mount is going. */
    bool failed = taken < 0 && errno != ENOENT && errno != ENODEV && errno != ENOTCONN;
    free(message);

    pthread_mutex_lock(&notifier->lock);
    if (failed) notifier->errors++;
    notifier->written++;
    if (notifier->first == NULL && !notifier->stop) uv_async_send(channel->wake);
  }
  notifier->ended = true;
  pthread_cond_broadcast(&notifier->changed);
  pthread_mutex_unlock(&notifier->lock);
  return NULL;
}

int notifier_start(struct channel *channel) {
  struct notifier *notifier = &channel->notifier;
  notifier->last = &notifier->first;
  pthread_mutex_init(&notifier->lock, NULL);
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&notifier->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  /* Signals are for the main thread. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&notifier->thread, &attributes, run, channel);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  notifier->running = error == 0;
  return error;
}

int notifier_queue(struct channel *channel, const void *bytes, size_t length) {
  struct notifier *notifier = &channel->notifier;
  struct message *message = malloc(sizeof *message + length);
  if (message == NULL) return ENOMEM;
  message->next = NULL;
  message->length = length;
  memcpy(message->bytes, bytes, length);
  pthread_mutex_lock(&notifier->lock);
  *notifier->last = message;
  notifier->last = &message->next;
  notifier->queued++;
  pthread_cond_signal(&notifier->changed);
  pthread_mutex_unlock(&notifier->lock);
  return 0;
}

static uint64_t locked(struct channel *channel, const uint64_t *counter) {
  if (!channel->notifier.running) return *counter;
  pthread_mutex_lock(&channel->notifier.lock);
  uint64_t value = *counter;
  pthread_mutex_unlock(&channel->notifier.lock);
  return value;
}

uint64_t notifier_queued(struct channel *channel) { return locked(channel, &channel->notifier.queued); }
uint64_t notifier_written(struct channel *channel) { return locked(channel, &channel->notifier.written); }
uint64_t notifier_errors(struct channel *channel) { return locked(channel, &channel->notifier.errors); }

bool notifier_stop(struct channel *channel) {
  struct notifier *notifier = &channel->notifier;
  if (!notifier->running) return true;
  pthread_mutex_lock(&notifier->lock);
  notifier->stop = true;
  pthread_cond_broadcast(&notifier->changed);
  for (int step = 0; !notifier->ended && step < STOP_STEPS; step++) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += STOP_STEP_NS;
    if (until.tv_nsec >= 1000000000) {
      until.tv_nsec -= 1000000000;
      until.tv_sec++;
    }
    pthread_cond_timedwait(&notifier->changed, &notifier->lock, &until);
    if (notifier->ended) break;
    pthread_mutex_unlock(&notifier->lock);
    channel_refuse_all(channel);
    pthread_mutex_lock(&notifier->lock);
  }
  bool ended = notifier->ended;
  pthread_mutex_unlock(&notifier->lock);
  if (!ended) {
    pthread_detach(notifier->thread);
    return false;
  }
  pthread_join(notifier->thread, NULL);
  notifier->running = false;
  while (notifier->first != NULL) {
    struct message *message = notifier->first;
    notifier->first = message->next;
    free(message);
  }
  pthread_mutex_destroy(&notifier->lock);
  pthread_cond_destroy(&notifier->changed);
  return true;
}

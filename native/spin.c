/*
 * How long to wait in place for the next request. Decides only; poll.c does the waiting.
 *
 * Going back to the event loop costs a wake-up when the next request comes: about 50 us when it has to wake another
 * CPU of a virtual machine, about 5 us on the same CPU. A spin saves that where the client runs on another CPU, and
 * takes the CPU from the client where it does not. Nobody tells us which, and it changes, so both ways ("arms") are
 * tried, the mean time until the next request is kept for each, and the shorter one is used. A spin must also mostly
 * succeed: an idle mount, or a client that thinks between its calls, costs no CPU.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "channel.h"

enum {
  WINDOW_NS = 50000,
  /* A gap longer than this is the client's own pause and says nothing about the arms. */
  PAUSE_NS = 1000000,
  PROBE_LENGTH = 12,
  INTERVAL_FIRST = 64,
  INTERVAL_LAST = 2048,
};
static const double WEIGHT = 1.0 / 16;
static const double HIT_RATE_LEAST = 0.4;

enum { WITHOUT = 0, WITH = 1 };

static bool one_cpu(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1;
}

void spin_init(struct spin *spin, int32_t window_us) {
  *spin = (struct spin){
    .adaptive = window_us < 0,
    .fixed_ns = window_us > 0 ? (uint64_t)window_us * 1000 : 0,
    .gap_ns = {one_cpu() ? 5000 : 60000, 30000},
    .hit_rate = 1,
    .until_probe = INTERVAL_FIRST,
    .interval = INTERVAL_FIRST,
  };
}

static int best(const struct spin *spin) {
  return spin->hit_rate >= HIT_RATE_LEAST && spin->gap_ns[WITH] < spin->gap_ns[WITHOUT] ? WITH : WITHOUT;
}

uint64_t spin_window(const struct spin *spin) {
  if (!spin->adaptive) return spin->fixed_ns;
  return best(spin) == WITH ? WINDOW_NS : 0;
}

uint64_t spin_begin(struct spin *spin, uint64_t now) {
  spin->idle_since = now;
  if (!spin->adaptive) {
    spin->used = spin->fixed_ns > 0;
    return spin->fixed_ns;
  }
  int arm = best(spin);
  if (spin->probe_left > 0) {
    spin->probe_left--;
    arm = !arm;
    if (spin->probe_left == 0) {
      spin->until_probe = spin->interval;
      if (spin->interval < INTERVAL_LAST) spin->interval *= 2;
    }
  } else if (--spin->until_probe == 0) {
    spin->probe_left = PROBE_LENGTH;
  }
  spin->used = arm == WITH;
  return arm == WITH ? WINDOW_NS : 0;
}

static void learn(double *mean, double value) { *mean += (value - *mean) * WEIGHT; }

void spin_missed(struct spin *spin) {
  if (spin->adaptive) learn(&spin->hit_rate, 0);
}

void spin_end(struct spin *spin, uint64_t now, bool hit) {
  if (spin->idle_since == 0) return;
  uint64_t gap = now - spin->idle_since;
  spin->idle_since = 0;
  if (!spin->adaptive) return;
  int before = best(spin);
  if (hit) learn(&spin->hit_rate, 1);
  if (gap < PAUSE_NS) learn(&spin->gap_ns[spin->used ? WITH : WITHOUT], (double)gap);
  /* The answer has changed: look again soon. */
  if (best(spin) != before) {
    spin->interval = INTERVAL_FIRST;
    spin->until_probe = INTERVAL_FIRST;
    spin->probe_left = 0;
  }
}

void spin_forget(struct spin *spin) { spin->idle_since = 0; }

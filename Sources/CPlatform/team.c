#define _GNU_SOURCE

#include "cteam.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "cplatform.h"

enum {
  // Looks at what the others do before a thread gives its processor away, and before it sleeps: some microseconds where
  // a pause is short, up to a hundred where it is long, about as long as rows take that are not shared.
  looks = 2000,
  yields = 20,
};

struct member {
  struct cp_team *team;
  pthread_t thread;
  int index;
  void *scratch;
};

struct cp_team {
  // Those that run, and those that there is room for.
  int threads, wanted;
  size_t scratch_bytes;
  float grain;
  // Whose threads they are: a child of fork has not got them.
  pid_t owner;
  // What is to be done; `round` counts how often it was given out.
  void (*part)(void *context, int index);
  void *context;
  int parts;
  _Atomic unsigned round;
  // Threads that have not finished their part, and those that sleep.
  _Atomic int busy;
  int asleep, is_ending;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  struct member members[];
};

// The team of the calling thread, and in the threads of a team the one they belong to.
#define OF_THREAD static _Thread_local __attribute__((tls_model("initial-exec")))
OF_THREAD struct cp_team *current;
OF_THREAD const struct member *self;

static void pause_briefly(int look) {
  if (look > looks) sched_yield();
#if defined(__x86_64__)
  else __builtin_ia32_pause();
#elif defined(__aarch64__)
  else __asm__ volatile("yield");
#endif
}

// Waits until another round than `seen` is given out.
static unsigned next_round(struct cp_team *team, unsigned seen) {
  for (int look = 0; look < looks + yields; look++) {
    const unsigned round = atomic_load_explicit(&team->round, memory_order_acquire);
    if (round != seen) return round;
    pause_briefly(look);
  }
  pthread_mutex_lock(&team->lock);
  team->asleep++;
  while (atomic_load(&team->round) == seen) pthread_cond_wait(&team->wake, &team->lock);
  team->asleep--;
  pthread_mutex_unlock(&team->lock);
  return atomic_load_explicit(&team->round, memory_order_acquire);
}

static void *work(void *argument) {
  self = argument;
  struct cp_team *const team = self->team;
  for (unsigned round = 0;;) {
    round = next_round(team, round);
    if (team->is_ending) return 0;
    if (self->index < team->parts) team->part(team->context, self->index);
    atomic_fetch_sub_explicit(&team->busy, 1, memory_order_release);
  }
}

// Who sleeps is woken under the lock, so that nobody falls asleep in between.
static void give_out(struct cp_team *team) {
  pthread_mutex_lock(&team->lock);
  atomic_fetch_add_explicit(&team->round, 1, memory_order_release);
  if (team->asleep > 0) pthread_cond_broadcast(&team->wake);
  pthread_mutex_unlock(&team->lock);
}

static int start_member(struct cp_team *team, int index) {
  struct member *const member = &team->members[index];
  *member = (struct member){.team = team, .index = index, .scratch = cp_map_arena(team->scratch_bytes)};
  if (!member->scratch) return cp_last_error();
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int cause = pthread_create(&member->thread, 0, work, member);
  pthread_sigmask(SIG_SETMASK, &before, 0);
  if (cause) cp_unmap(member->scratch, team->scratch_bytes);
  return cause;
}

static size_t size_of(int threads) { return sizeof(struct cp_team) + (size_t)threads * sizeof(struct member); }

struct cp_team *cp_start_team(int threads, size_t scratch, float grain) {
  // Zeros, from the system itself: runners have no allocator.
  struct cp_team *const team = cp_map_arena(size_of(threads));
  if (!team) return 0;
  team->wanted = threads;
  team->threads = 1;
  team->owner = getpid();
  team->scratch_bytes = scratch ? scratch : 1;
  team->grain = grain;
  pthread_mutex_init(&team->lock, 0);
  pthread_cond_init(&team->wake, 0);
  for (; team->threads < threads; team->threads++) {
    const int cause = start_member(team, team->threads);
    if (!cause) continue;
    cp_end_team(team);
    errno = cause;
    return 0;
  }
  return team;
}

void cp_end_team(struct cp_team *team) {
  if (!team) return;
  if (current == team) current = 0;
  const int has_threads = team->owner == getpid();
  team->is_ending = 1;
  if (has_threads) give_out(team);
  for (int i = 1; i < team->threads; i++) {
    if (has_threads) pthread_join(team->members[i].thread, 0);
    cp_unmap(team->members[i].scratch, team->scratch_bytes);
  }
  if (has_threads) pthread_cond_destroy(&team->wake);
  if (has_threads) pthread_mutex_destroy(&team->lock);
  cp_unmap(team, size_of(team->wanted));
}

void cp_enter_team(struct cp_team *team) { current = team && team->owner == getpid() ? team : 0; }

int cp_team_for(float products, size_t scratch) {
  return current && products >= current->grain && scratch <= current->scratch_bytes ? current->threads : 1;
}

void *cp_team_scratch(int index) { return index > 0 && self ? self->scratch : 0; }

void cp_share(int parts, void (*part)(void *context, int index), void *context) {
  struct cp_team *const team = current;
  if (!team || parts < 2) {
    for (int i = 0; i < parts; i++) part(context, i);
    return;
  }
  team->part = part;
  team->context = context;
  team->parts = parts;
  atomic_store_explicit(&team->busy, team->threads - 1, memory_order_relaxed);
  give_out(team);
  part(context, 0);
  for (int look = 0; atomic_load_explicit(&team->busy, memory_order_acquire) > 0; look += look <= looks) pause_briefly(look);
}

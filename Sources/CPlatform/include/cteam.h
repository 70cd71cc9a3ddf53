// A team of threads that share the rows of a step.
#pragma once
#include <stddef.h>

struct cp_team;

// Starts threads - 1 threads beside the caller's, each with `scratch` bytes of its own; they share rows of `grain` products
// and more. Returns null with errno set where the system has not got them. Signals go to the caller's thread.
struct cp_team *cp_start_team(int threads, size_t scratch, float grain);

// Ends them; no row may be running. Null is no team.
void cp_end_team(struct cp_team *team);

// Kernels that the calling thread runs share their rows with this team from now on; null is none. In a child of fork,
// which has not got the threads, it is none either.
void cp_enter_team(struct cp_team *team);

// Threads of the calling thread's team, itself included, that share a row of so many products and bytes of scratch; 1
// without a team and in the threads of one.
int cp_team_for(float products, size_t scratch);

// Memory of the thread that runs part `index`, 1 or more, of what its team shares; nobody else uses it.
void *cp_team_scratch(int index);

// Calls part(context, 0) on the calling thread and part(context, i) on thread i, up to `parts`, which are no more than the
// threads. Returns when all are done.
void cp_share(int parts, void (*part)(void *context, int index), void *context);

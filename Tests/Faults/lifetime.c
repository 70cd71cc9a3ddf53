// Counts what sessions of libespalier leave behind: lifetime PAGED-PLAN DAMAGED-PLAN prints descriptors and mappings
// before, in and after sessions that are started, restarted, refused, and closed, as "file map" each.
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "espalier.h"

static int descriptors(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (folder && readdir(folder)) count++;
  if (folder) closedir(folder);
  return count;
}

static int mappings(void) {
  int count = 0, letter;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && (letter = fgetc(maps)) != EOF) count += letter == '\n';
  if (maps) fclose(maps);
  return count;
}

static void report(const char *what) {
  const int files = descriptors(), maps = mappings();
  printf("%s %d %d\n", what, files, maps);
}

static void need(int condition, espalier_session *session, const char *what) {
  if (condition) return;
  fprintf(stderr, "%s: %s\n", what, espalier_error_text(session));
  exit(1);
}

// No more files may be opened than there are, or as many as before.
static void limit_files(int are_limited) {
  static struct rlimit before;
  struct rlimit limit;
  if (!are_limited) {
    setrlimit(RLIMIT_NOFILE, &before);
    return;
  }
  getrlimit(RLIMIT_NOFILE, &before);
  limit = before;
  limit.rlim_cur = 3;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// One session's life; `name` is where to report from the middle of it, or null.
static void live(espalier_session *session, const char *plan, void *arena, size_t bytes, const char *name) {
  need(espalier_open_file(session, espalier_session_size(), plan) == ESPALIER_OK, session, "open");
  if (name) report("open");
  need(espalier_start(session, arena, bytes) == ESPALIER_OK, session, "start");
  if (name) report(name);
  // A start that fails leaves the one before, and nothing of its own.
  need(espalier_start(session, arena, 64) == ESPALIER_TOO_SMALL, session, "small arena");
  need(espalier_start(session, (char *)arena + 1, bytes - 1) == ESPALIER_USAGE, session, "shifted arena");
  limit_files(1);
  need(espalier_start(session, arena, bytes) == ESPALIER_TOO_SMALL, session, "no descriptor");
  limit_files(0);
  if (name) report(name);
  need(espalier_save(session, "lifetime.ckpt") == ESPALIER_OK, session, "save");
  need(espalier_load(session, "lifetime.ckpt", NULL) == ESPALIER_OK, session, "load");
  need(espalier_reset(session) == ESPALIER_OK, session, "reset");
  need(espalier_start(session, arena, bytes) == ESPALIER_OK, session, "restart");
  if (name) report(name);
  need(espalier_close(session) == ESPALIER_OK, session, "close");
}

int main(int count, char **words) {
  espalier_session *session = malloc(espalier_session_size());
  espalier_plan info;
  void *arena;
  if (count != 3 || !session) return 64;
  need(espalier_open_file(session, espalier_session_size(), words[1]) == ESPALIER_OK, session, "open");
  need(espalier_info(session, &info) == ESPALIER_OK, session, "info");
  espalier_close(session);
  arena = aligned_alloc(ESPALIER_ARENA_ALIGNMENT, (info.arena_bytes + 4095) / 4096 * 4096);
  if (!arena) return 2;
  // Once before anything is counted, for what libc keeps.
  live(session, words[1], arena, info.arena_bytes, NULL);
  report("before");
  report("before");
  live(session, words[1], arena, info.arena_bytes, "started");
  for (int round = 0; round < 50; round++) {
    live(session, words[1], arena, info.arena_bytes, NULL);
    need(espalier_open_file(session, espalier_session_size(), words[2]) != ESPALIER_OK, session, "damaged plan");
    need(espalier_open_file(session, espalier_session_size(), "none") != ESPALIER_OK, session, "no plan");
    need(espalier_open_file(session, espalier_session_size(), ".") != ESPALIER_OK, session, "folder");
  }
  report("after");
  return 0;
}

#pragma once

#include <git2.h>

#ifdef __GLIBC__
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

// `git_libgit2_opts` is variadic, which Swift does not import: one typed function for each option used.

static inline int libgit2_set_owner_validation(int enabled) {
  return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

static inline int libgit2_set_strict_hash_verification(int enabled) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}

static inline int libgit2_set_fsync(int enabled) {
  return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, enabled);
}

static inline int libgit2_set_cache_object_limit(git_object_t kind, size_t limit) {
  return git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, kind, limit);
}

// Sets up memory for work on files of a megabyte, which are read, changed and dropped one after the other: asking the
// kernel for the pages of each, one by one, costs as much as the work.
//
// Blocks stay with the process when they are freed, come from one heap whatever the thread, and the heap grows by many
// pages, of two megabytes where the kernel has such. To be called before the process starts a thread. Only glibc is
// known to need it.
static inline void prepare_memory(void) {
#ifdef __GLIBC__
  const size_t step = 16 << 20;
  const uintptr_t page = 2 << 20;
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, step);
  // The heap goes on where a large page starts, and the first block makes it grow by a step.
  uintptr_t start = ((uintptr_t)sbrk(0) + page - 1) / page * page;
  if (brk((void *)start) != 0) return;
  void *volatile block = malloc(page);
  free(block);
  madvise((void *)start, (uintptr_t)sbrk(0) - start, MADV_HUGEPAGE);
#endif
}

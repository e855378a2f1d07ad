#pragma once

#include <git2.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

// `git_libgit2_opts` is variadic, which Swift does not import: one typed function for each option used.

static inline int libgit2_set_owner_validation(int enabled) {
  return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

static inline int libgit2_set_strict_hash_verification(int enabled) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}

static inline int libgit2_set_cache_object_limit(git_object_t kind, size_t limit) {
  return git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, kind, limit);
}

// Large blocks of memory stay with the process when they are freed; only glibc gives them back at once.
static inline void keep_freed_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

#pragma once

#include <git2.h>

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

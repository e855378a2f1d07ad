#pragma once

#include <archive.h>
#include <archive_entry.h>

// The functions of libarchive that are used here, each under its name without the `archive_`.
//
// The library is loaded when they are first asked for: with the nine others that it needs it would take every start of
// the tool two milliseconds, and only tarballs need it.
typedef struct {
  struct archive *_Nullable (*_Nonnull read_new)(void);
  int (*_Nonnull read_support_filter_all)(struct archive *_Nonnull);
  int (*_Nonnull read_support_format_tar)(struct archive *_Nonnull);
  int (*_Nonnull read_open_filename)(struct archive *_Nonnull, const char *_Nonnull, size_t);
  int (*_Nonnull read_next_header)(
      struct archive *_Nonnull, struct archive_entry *_Nullable *_Nonnull);
  la_ssize_t (*_Nonnull read_data)(struct archive *_Nonnull, void *_Nullable, size_t);
  int (*_Nonnull read_free)(struct archive *_Nonnull);
  la_int64_t (*_Nonnull filter_bytes)(struct archive *_Nonnull, int);
  const char *_Nullable (*_Nonnull error_string)(struct archive *_Nonnull);
  int (*_Nonnull error_number)(struct archive *_Nonnull);
  __LA_MODE_T (*_Nonnull entry_filetype)(struct archive_entry *_Nonnull);
  const char *_Nullable (*_Nonnull entry_hardlink)(struct archive_entry *_Nonnull);
  const char *_Nullable (*_Nonnull entry_symlink)(struct archive_entry *_Nonnull);
  const char *_Nullable (*_Nonnull entry_pathname)(struct archive_entry *_Nonnull);
  __LA_MODE_T (*_Nonnull entry_perm)(struct archive_entry *_Nonnull);
  la_int64_t (*_Nonnull entry_size)(struct archive_entry *_Nonnull);
  time_t (*_Nonnull entry_mtime)(struct archive_entry *_Nonnull);
} LibArchive;

// Fills `library`; returns NULL, or the reason why the library cannot be used, which is for the caller to free.
char *_Nullable libarchive_load(LibArchive *_Nonnull library);

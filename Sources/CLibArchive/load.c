#include "CLibArchive.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// The third major version's name since 2011; the header compiled against says nothing of it.
static const char name[] = "libarchive.so.13";

char *libarchive_load(LibArchive *library) {
  void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return strdup(dlerror());
  // Checked by the compiler against the declarations in archive.h.
#define FIND(function)                                             \
  library->function = (__typeof__(&archive_##function))dlsym(handle, "archive_" #function); \
  if (!library->function) return strdup(dlerror());
  FIND(read_new)
  FIND(read_support_filter_all)
  FIND(read_support_format_tar)
  FIND(read_open_filename)
  FIND(read_next_header)
  FIND(read_data)
  FIND(read_free)
  FIND(filter_bytes)
  FIND(error_string)
  FIND(entry_filetype)
  FIND(entry_hardlink)
  FIND(entry_symlink)
  FIND(entry_pathname)
  FIND(entry_perm)
  FIND(entry_size)
  FIND(entry_mtime)
#undef FIND
  // `errno` is a macro.
  library->error_number = (__typeof__(&archive_errno))dlsym(handle, "archive_errno");
  if (!library->error_number) return strdup(dlerror());
  return NULL;
}

/*
 * Stands between a program and the system (LD_PRELOAD), in the program and in all that it starts, and makes a call that
 * changes files go wrong. The calls of all processes are counted together, so the N-th is nearly the same in every run.
 *
 * FAULT_KIND   what happens there:
 *                kill       the first process to load this library, and the one that makes the call, are killed by SIGKILL
 *                child      of the processes below the first, the one that makes the call is killed
 *                nospace    this call and all later ones that take room fail with ENOSPC
 *                io         the call fails with EIO; reading counts, too
 *              and, wherever it can happen:
 *                interrupt  every second call of a thread that may wait fails with EINTR
 *                short      reads and writes do half of what they are asked for
 *                unsynced   nothing happens; the first file is told that is put in its place before it is on the disk
 * FAULT_AT     N, counted from 1; 0 counts only
 * FAULT_UNDER  the directory whose files count; the others are left alone
 * FAULT_NAMED  what the path of a file has in it that counts; empty for all files
 * FAULT_STATE  a file of 8192 zero bytes, which gets a struct state
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

struct state {
  /* The calls that counted. */
  _Atomic uint64_t calls;
  /* The first process. */
  _Atomic int root;
  /* What was hit: program, call, file. */
  char hit[PATH_MAX + 256];
};

enum kind { NONE, KILL, CHILD, NOSPACE, IO, INTERRUPT, SHORT, UNSYNCED };

/* What a call does: reads, takes room, or changes something otherwise. */
enum class { READS = 1, FILLS = 2, CHANGES = 4 };

static struct state *state;
static enum kind kind;
static uint64_t at;
static char directory[PATH_MAX];
static size_t length;
static const char *named = "";

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void start(void) {
  const char *names[] = {"", "kill", "child", "nospace", "io", "interrupt", "short", "unsynced"};
  const char *wanted = getenv("FAULT_KIND"), *number = getenv("FAULT_AT"), *path = getenv("FAULT_STATE");
  const char *under = getenv("FAULT_UNDER");
  if (!wanted || !number || !path || !under) return;
  /* Links resolved: the kernel's names of open files are. */
  if (!realpath(under, directory)) return;
  length = strlen(directory);
  if (getenv("FAULT_NAMED")) named = getenv("FAULT_NAMED");
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) return;
  state = memory;
  at = strtoull(number, NULL, 10);
  int nobody = 0;
  atomic_compare_exchange_strong(&state->root, &nobody, getpid());
  for (int index = 1; index < 8; index++)
    if (strcmp(wanted, names[index]) == 0) kind = index;
}

static int is_inside(const char *path) {
  return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Writes the name of what a call is about, and returns whether it lies where calls count. */
static int find(const char *path, int file, char name[PATH_MAX]) {
  char link[40];
  ssize_t count;
  if (path && path[0] == '/') {
    snprintf(name, PATH_MAX, "%s", path);
  } else {
    if (file < 0) {
      if (!getcwd(name, PATH_MAX)) return 0;
    } else {
      snprintf(link, sizeof link, "/proc/self/fd/%d", file);
      count = readlink(link, name, PATH_MAX - 1);
      if (count < 0) return 0;
      name[count] = 0;
    }
    if (path) {
      size_t used = strlen(name);
      snprintf(name + used, PATH_MAX - used, "/%s", path);
    }
  }
  return is_inside(name);
}

__attribute__((noreturn)) static void die(void) {
  if (kind == KILL) kill(atomic_load(&state->root), SIGKILL);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

enum step { GO, FAIL, DIE };

/* Counts a call and returns what is to become of it; `first` tells whether it is the one that was asked for. */
static enum step next(enum class class, const char *call, const char *path, int file, int *first) {
  *first = 0;
  if (!state || kind == NONE || kind >= INTERRUPT) return GO;
  if (kind == NOSPACE && class != FILLS) return GO;
  if (kind != IO && class == READS) return GO;
  if (kind == CHILD && atomic_load(&state->root) == getpid()) return GO;
  int error = errno;
  char name[PATH_MAX];
  int counts = find(path, file, name);
  errno = error;
  if (!counts || !strstr(name, named)) return GO;
  uint64_t number = atomic_fetch_add(&state->calls, 1) + 1;
  if (at == 0 || number < at || (number > at && kind != NOSPACE)) return GO;
  *first = number == at;
  if (*first) snprintf(state->hit, sizeof state->hit, "%s: %s %s", program_invocation_short_name, call, name);
  if (kind == KILL || kind == CHILD) return DIE;
  errno = kind == IO ? EIO : ENOSPC;
  return FAIL;
}

/* Whether this is the tool, or git at its work. */
static int is_ours(void) {
  return getpid() == atomic_load(&state->root) || strncmp(program_invocation_short_name, "git", 3) == 0;
}

/* Whether a file is a stream of bytes, unlike what the kernel makes up as it is read, and counters. */
static int streams(int file) {
  char name[PATH_MAX];
  int error = errno;
  int is_stream = find(NULL, file, name) || strncmp(name, "pipe:", 5) == 0 || strncmp(name, "socket:", 7) == 0;
  errno = error;
  return is_stream;
}

/* Whether a call that may wait is to be interrupted this time; `file` is what it reads or writes, -1 for other calls.
   Of the programs below the first, git alone says that it goes on then. */
static int interrupts(int file) {
  static __thread unsigned turn;
  if (!state || kind != INTERRUPT) return 0;
  if (!is_ours() || (file < 0 && getpid() != atomic_load(&state->root))) return 0;
  if ((file >= 0 && !streams(file)) || turn++ % 2 == 1) return 0;
  errno = EINTR;
  return 1;
}

/* The files that this process wrote to and did not sync, as a ring. */
static struct { dev_t device; ino_t number; } unsynced[4096];
static _Atomic unsigned written;

static int same(const struct stat *status, unsigned index) {
  return unsynced[index].number == status->st_ino && unsynced[index].device == status->st_dev;
}

static void note_write(int file) {
  struct stat status;
  if (kind != UNSYNCED || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return;
  for (unsigned index = 0; index < 4096; index++)
    if (same(&status, index)) return;
  unsigned index = atomic_fetch_add(&written, 1) % 4096;
  unsynced[index].device = status.st_dev;
  unsynced[index].number = status.st_ino;
}

static void note_sync(int file) {
  struct stat status;
  if (kind != UNSYNCED || fstat(file, &status) != 0) return;
  for (unsigned index = 0; index < 4096; index++)
    if (same(&status, index)) unsynced[index].number = 0;
}

/* Tells when `old` gets the name `new` too early. */
static void note_name(const char *call, const char *old, const char *new) {
  struct stat status;
  char name[PATH_MAX];
  if (kind != UNSYNCED || stat(old, &status) != 0 || !find(new, -1, name)) return;
  /* Of a directory that gets its own name later, and where git says that history ends, the tool syncs the files; the
     index of the work directory is made anew where it is not whole. */
  if (strstr(name, ".new/") || strstr(name, "/shallow") || strstr(name, "/work/index.git/") || !is_ours()) return;
  for (unsigned index = 0; index < 4096; index++)
    if (same(&status, index) && state->hit[0] == 0)
      snprintf(state->hit, sizeof state->hit, "%s: %s %s", program_invocation_short_name, call, name);
}

/* Whether a file lies in a repository: libgit2 does not sync again what was interrupted. */
static int is_of_git(int file) {
  char name[PATH_MAX];
  return kind == INTERRUPT && find(NULL, file, name) && strstr(name, "git/") != NULL;
}

static size_t half(int file, size_t count) {
  return kind == SHORT && count > 1 && streams(file) ? (count + 1) / 2 : count;
}

/* What all calls have in common that either happen or do not. */
#define CALL(name, class, path, file, bad) \
  REAL(name); \
  int first; \
  switch (next(class, #name, path, file, &first)) { \
    case DIE: die(); \
    case FAIL: return bad; \
    case GO: break; \
  }

static enum class opening(int flags) {
  return flags & (O_CREAT | O_TRUNC) ? FILLS : flags & O_ACCMODE ? CHANGES : READS;
}

static mode_t mode_of(int flags, va_list rest) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = mode_of(flags, rest); \
    va_end(rest); \
    CALL(name, opening(flags), path, -1, -1) \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int openat(int at_directory, const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  CALL(openat, opening(flags), path, at_directory == AT_FDCWD ? -1 : at_directory, -1)
  return real(at_directory, path, flags, mode);
}

#define FOPEN(name) \
  FILE *name(const char *path, const char *mode) { \
    CALL(name, mode[0] == 'r' ? READS : FILLS, path, -1, NULL) \
    return real(path, mode); \
  }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t read(int file, void *bytes, size_t count) {
  if (interrupts(file)) return -1;
  CALL(read, READS, NULL, file, -1)
  return real(file, bytes, half(file, count));
}

ssize_t pread(int file, void *bytes, size_t count, off_t place) {
  if (interrupts(file)) return -1;
  CALL(pread, READS, NULL, file, -1)
  return real(file, bytes, half(file, count), place);
}

ssize_t pread64(int file, void *bytes, size_t count, off64_t place) {
  if (interrupts(file)) return -1;
  CALL(pread64, READS, NULL, file, -1)
  return real(file, bytes, half(file, count), place);
}

/* Of a write that goes wrong, the first half happens. */
#define WRITE(name, parameters, arguments) \
  ssize_t name parameters { \
    if (interrupts(file)) return -1; \
    REAL(name); \
    int first; \
    enum step step = next(FILLS, #name, NULL, file, &first); \
    if (step == GO) count = half(file, count); \
    note_write(file); \
    if (step != GO && kind != IO && first && count > 1) { \
      count /= 2; \
      ssize_t written = real arguments; \
      if (step == DIE) die(); \
      return written; \
    } \
    if (step == DIE) die(); \
    return step == FAIL ? -1 : real arguments; \
  }
WRITE(write, (int file, const void *bytes, size_t count), (file, bytes, count))
WRITE(pwrite, (int file, const void *bytes, size_t count, off_t place), (file, bytes, count, place))
WRITE(pwrite64, (int file, const void *bytes, size_t count, off64_t place), (file, bytes, count, place))

/* What a stream holds back is written here. */
#define STREAM(name) \
  int name(FILE *stream) { \
    REAL(name); \
    int first; \
    enum step step = stream && __fwritable(stream) ? next(FILLS, #name, NULL, fileno(stream), &first) : GO; \
    if (step == DIE) die(); \
    int error = errno, code = real(stream); \
    if (step == GO) return code; \
    errno = error; \
    return EOF; \
  }
STREAM(fclose)
STREAM(fflush)

int close(int file) {
  REAL(close);
  int first;
  /* No room is taken by it, and nothing changes: it may tell of an earlier write that failed. */
  enum step step = kind == IO ? next(CHANGES, "close", NULL, file, &first) : GO;
  int error = errno, code = real(file);
  if (step == GO) return code;
  errno = error;
  return -1;
}

#define SYNC(name) \
  int name(int file) { \
    if (!is_of_git(file) && interrupts(-1)) return -1; \
    CALL(name, FILLS, NULL, file, -1) \
    note_sync(file); \
    return real(file); \
  }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, type) \
  int name(int file, type size) { \
    if (interrupts(-1)) return -1; \
    CALL(name, CHANGES, NULL, file, -1) \
    return real(file, size); \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int rename(const char *old, const char *new) {
  CALL(rename, FILLS, new, -1, -1)
  note_name("rename", old, new);
  return real(old, new);
}

int renameat2(int old_directory, const char *old, int new_directory, const char *new, unsigned flags) {
  CALL(renameat2, FILLS, new, new_directory == AT_FDCWD ? -1 : new_directory, -1)
  return real(old_directory, old, new_directory, new, flags);
}

int link(const char *old, const char *new) {
  CALL(link, FILLS, new, -1, -1)
  note_name("link", old, new);
  return real(old, new);
}

int symlink(const char *target, const char *path) {
  CALL(symlink, FILLS, path, -1, -1)
  return real(target, path);
}

int mkdir(const char *path, mode_t mode) {
  CALL(mkdir, FILLS, path, -1, -1)
  return real(path, mode);
}

char *mkdtemp(char *path) {
  CALL(mkdtemp, FILLS, path, -1, NULL)
  return real(path);
}

int mkstemp(char *path) {
  CALL(mkstemp, FILLS, path, -1, -1)
  return real(path);
}

int mkstemp64(char *path) {
  CALL(mkstemp64, FILLS, path, -1, -1)
  return real(path);
}

int unlink(const char *path) {
  CALL(unlink, CHANGES, path, -1, -1)
  return real(path);
}

int rmdir(const char *path) {
  CALL(rmdir, CHANGES, path, -1, -1)
  return real(path);
}

int chmod(const char *path, mode_t mode) {
  CALL(chmod, CHANGES, path, -1, -1)
  return real(path, mode);
}

int futimens(int file, const struct timespec times[2]) {
  CALL(futimens, CHANGES, NULL, file, -1)
  return real(file, times);
}

int utimensat(int at_directory, const char *path, const struct timespec times[2], int flags) {
  CALL(utimensat, CHANGES, path, at_directory == AT_FDCWD ? -1 : at_directory, -1)
  return real(at_directory, path, times, flags);
}

/* What waits without changing anything. */
#define WAIT(type, name, parameters, arguments) \
  type name parameters { \
    if (interrupts(-1)) return -1; \
    REAL(name); \
    return real arguments; \
  }
WAIT(int, flock, (int file, int operation), (file, operation))
WAIT(int, poll, (struct pollfd *files, nfds_t count, int limit), (files, count, limit))
WAIT(int, epoll_wait, (int file, struct epoll_event *events, int count, int limit), (file, events, count, limit))
WAIT(int, epoll_pwait, (int file, struct epoll_event *events, int count, int limit, const sigset_t *signals),
     (file, events, count, limit, signals))

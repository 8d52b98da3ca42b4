/* Preloaded by a server's process (LD_PRELOAD): whoever syncs a file whose path begins with HELD_FILES, or reads from it on any but the main
   thread, waits as on a disk that is stuck, as long as a pipe is at HELD_SYNCS or HELD_READS (held-disk.ts). Only a test tool; SQLite on
   64-bit Linux calls exactly these functions. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *held;
static const char *syncs;
static const char *reads;

__attribute__((constructor)) static void start(void) {
  held = getenv("HELD_FILES");
  syncs = getenv("HELD_SYNCS");
  reads = getenv("HELD_READS");
}

/* Opening waits for whoever holds the disk, reading for them to let go. */
static void wait_at(const char *gate, int fd) {
  char link[32], path[4096], byte;
  if (!held || !gate || access(gate, F_OK)) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < (ssize_t)strlen(held) || strncmp(path, held, strlen(held))) return;
  int pipe = syscall(SYS_openat, AT_FDCWD, gate, O_RDONLY | O_CLOEXEC);
  if (pipe < 0) return;
  while (syscall(SYS_read, pipe, &byte, 1) > 0);
  syscall(SYS_close, pipe);
}

#define real(name, ...) ({ \
  static __typeof__(&name) found; \
  if (!found) found = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
  found(__VA_ARGS__); })

int fsync(int fd) {
  wait_at(syncs, fd);
  return real(fsync, fd);
}

int fdatasync(int fd) {
  wait_at(syncs, fd);
  return real(fdatasync, fd);
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
  if (syscall(SYS_gettid) != getpid()) wait_at(reads, fd);
  return real(pread64, fd, bytes, length, offset);
}

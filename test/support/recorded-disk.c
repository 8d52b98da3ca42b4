/* Preloaded by a server's process (LD_PRELOAD): writes down, in their order, every write, truncation, sync and removal of the files whose path
   begins with RECORDED_FILES, so that a power cut can be played afterwards (recorded-disk.ts). While the file RECORDED_FAILURE
   exists, their syncs fail as on a broken disk; while RECORDED_HANG exists, they do not return, and while RECORDED_DATABASE_HANG does,
   those of the database itself do not. Only a test tool; SQLite on 64-bit Linux calls exactly these functions. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC_BEGINS, SYNC_ENDS, UNLINK };
enum { UNKNOWN, OTHER, DATABASE, LOG, FOLDER };
enum { most_files = 65536 };

/* What recorded-disk.ts reads, in front of the bytes of a write. */
struct entry {
  uint32_t kind;
  uint32_t file;
  uint64_t offset; /* of a write; the length after a truncation; the number of a sync */
  uint64_t length; /* of the bytes that follow */
  uint64_t nanoseconds; /* CLOCK_MONOTONIC */
};

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static unsigned char files[most_files];
static uint64_t syncs;
static int record = -1;
static const char *recorded;
static const char *failure;
static const char *hang;
static const char *database_hang;

__attribute__((constructor)) static void start(void) {
  recorded = getenv("RECORDED_FILES");
  failure = getenv("RECORDED_FAILURE");
  hang = getenv("RECORDED_HANG");
  database_hang = getenv("RECORDED_DATABASE_HANG");
  const char *to = getenv("RECORDED_TO");
  if (recorded && to) record = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int file_of(int fd) {
  if (record < 0 || fd < 0 || fd >= most_files) return OTHER;
  if (files[fd] == UNKNOWN) {
    char link[32] = "/proc/self/fd/", path[4096], digits[12];
    int at = 0, position = strlen(link);
    for (int rest = fd; at == 0 || rest > 0; rest /= 10) digits[at++] = '0' + rest % 10;
    while (at > 0) link[position++] = digits[--at];
    link[position] = 0;
    ssize_t length = readlink(link, path, sizeof path - 1);
    size_t prefix = strlen(recorded);
    files[fd] = OTHER;
    if (length > 0) {
      path[length] = 0;
      const char *end = path + prefix;
      if ((size_t)length + 1 == prefix - strlen("signpost.db") && !strncmp(path, recorded, length)) files[fd] = FOLDER;
      else if (!strncmp(path, recorded, prefix)) files[fd] = !*end ? DATABASE : !strcmp(end, "-wal") ? LOG : OTHER;
    }
  }
  return files[fd];
}

static void note(uint32_t kind, int file, uint64_t offset, const void *bytes, uint64_t length) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct entry entry = {kind, file, offset, length, now.tv_sec * 1000000000ull + now.tv_nsec};
  struct iovec parts[2] = {{&entry, sizeof entry}, {(void *)bytes, length}};
  /* A record with a hole proves nothing. */
  if (writev(record, parts, 2) != (ssize_t)(sizeof entry + length)) abort();
}

#define real(name, ...) ({ \
  static __typeof__(&name) found; \
  if (!found) found = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
  found(__VA_ARGS__); })

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  int file = file_of(fd);
  if (file == OTHER) return real(pwrite64, fd, bytes, length, offset);
  pthread_mutex_lock(&order);
  ssize_t written = real(pwrite64, fd, bytes, length, offset);
  int cause = errno;
  if (written > 0) note(WRITE, file, offset, bytes, written);
  pthread_mutex_unlock(&order);
  errno = cause;
  return written;
}

int ftruncate64(int fd, off64_t length) {
  int file = file_of(fd);
  if (file == OTHER) return real(ftruncate64, fd, length);
  pthread_mutex_lock(&order);
  int result = real(ftruncate64, fd, length);
  int cause = errno;
  if (result == 0) note(TRUNCATE, file, length, 0, 0);
  pthread_mutex_unlock(&order);
  errno = cause;
  return result;
}

static int exists(const char *path) { return path && !access(path, F_OK); }

/* Only what was written before a sync began is safe when it has ended. */
static int sync_of(int fd, int (*sync)(int)) {
  int file = file_of(fd);
  if (file == OTHER) return sync(fd);
  pthread_mutex_lock(&order);
  uint64_t number = ++syncs;
  note(SYNC_BEGINS, file, number, 0, 0);
  pthread_mutex_unlock(&order);
  while (exists(hang) || (file == DATABASE && exists(database_hang))) usleep(10000);
  int result = sync(fd);
  if (exists(failure)) {
    errno = EIO;
    return -1;
  }
  if (result != 0) return result;
  pthread_mutex_lock(&order);
  note(SYNC_ENDS, file, number, 0, 0);
  pthread_mutex_unlock(&order);
  return 0;
}

static int real_fsync(int fd) { return real(fsync, fd); }
static int real_fdatasync(int fd) { return real(fdatasync, fd); }
int fsync(int fd) { return sync_of(fd, real_fsync); }
int fdatasync(int fd) { return sync_of(fd, real_fdatasync); }

int unlink(const char *path) {
  size_t prefix = recorded ? strlen(recorded) : 0;
  int is_log = record >= 0 && !strncmp(path, recorded, prefix) && !strcmp(path + prefix, "-wal");
  if (!is_log) return real(unlink, path);
  pthread_mutex_lock(&order);
  int result = real(unlink, path);
  int cause = errno;
  if (result == 0) note(UNLINK, LOG, 0, 0, 0);
  pthread_mutex_unlock(&order);
  errno = cause;
  return result;
}

int close(int fd) {
  if (fd >= 0 && fd < most_files) files[fd] = UNKNOWN;
  return real(close, fd);
}

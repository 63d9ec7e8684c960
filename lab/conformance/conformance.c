/* The part of POSIX that applies to a file system whose users cannot create anything, and what Linux
 * and sysfs add to it:
 * conformance DIRECTORY [FILE]
 *
 * Looks below DIRECTORY for a file, a directory and a link to try it on, and prints one line for
 * each check: `ok NAME`, `not ok NAME: expected ..., got ...`, or `skip NAME: why`. FILE is one that
 * takes the text that it gives, and refuses the word `conformance`. Nothing is changed: what is
 * written is what was read, and where a directory can be made nothing is tried. Exit status 1 if a
 * check is not ok, 2 if nothing can be checked. Run by root, who may write everything, it gives
 * that up.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static char root[PATH_MAX];
static char readable[PATH_MAX];  /* a file that is not empty, and that nobody may write */
static char writable[PATH_MAX];  /* a file that can be read and written; may be none */
static char directory[PATH_MAX]; /* a directory with files in it */
static char symlink_[PATH_MAX];  /* a link that leads somewhere */
static char below_file[PATH_MAX];
static char missing[PATH_MAX];
static int failed;
static int passed;
static int skipped;

static void report(int is_right, const char *name, const char *expected, const char *got) {
  if (is_right) {
    printf("ok %s\n", name);
    passed++;
  } else {
    printf("not ok %s: expected %s, got %s\n", name, expected, got);
    failed++;
  }
}

static void skip(const char *name, const char *why) {
  printf("skip %s: %s\n", name, why);
  skipped++;
}

/* Whether a call failed with one of some errors, the list ending with 0. */
static void refuses(const char *name, long result, ...) {
  int error = errno;
  char expected[256] = "";
  int is_right = 0;
  va_list errors;
  va_start(errors, result);
  for (int each = va_arg(errors, int); each; each = va_arg(errors, int)) {
    is_right |= result < 0 && error == each;
    snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%s",
             *expected ? " or " : "", strerrorname_np(each));
  }
  va_end(errors);
  report(is_right, name, expected, result < 0 ? strerrorname_np(error) : "success");
  errno = error;
}

static void succeeds(const char *name, long result) {
  int error = errno;
  report(result >= 0, name, "success", result < 0 ? strerrorname_np(error) : "success");
}

static void equals(const char *name, long expected, long got) {
  char one[32], other[32];
  snprintf(one, sizeof one, "%ld", expected);
  snprintf(other, sizeof other, "%ld", got);
  report(expected == got, name, one, got < 0 ? strerrorname_np(errno) : other);
}

static int try_open(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0644);
  if (fd >= 0) {
    int error = errno;
    close(fd);
    errno = error;
    return 0;
  }
  return -1;
}

static int read_some(const char *path, char *into, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return -1;
  }
  int count = (int) pread(fd, into, size, 0);
  close(fd);
  return count;
}

/* Small text files that can be read, and links that lead somewhere. */
static int look(const char *path, const struct stat *status, int kind, struct FTW *at) {
  (void) at;
  char text[4096];
  if (strlen(path) > PATH_MAX - 300) {
    return 0;
  }
  if (kind == FTW_SL && !*symlink_ && access(path, F_OK) == 0) {
    strcpy(symlink_, path);
  } else if (kind == FTW_F && (status->st_mode & S_IFMT) == S_IFREG && (status->st_mode & 0444)) {
    int count = *readable || (status->st_mode & 0333) ? 0 : read_some(path, text, sizeof text);
    if (count > 1 && count < (int) sizeof text) {
      strcpy(readable, path);
      strcpy(directory, path);
      *strrchr(directory, '/') = 0;
    }
  }
  return *readable && *symlink_;
}

static void check_open(void) {
  succeeds("open a file for reading", try_open(readable, O_RDONLY));
  succeeds("open a directory for reading", try_open(directory, O_RDONLY | O_DIRECTORY));
  succeeds("open a link's target", try_open(symlink_, O_RDONLY));
  succeeds("open with O_PATH", try_open(readable, O_PATH));
  refuses("open what is not there", try_open(missing, O_RDONLY), ENOENT, 0);
  refuses("open below a file", try_open(below_file, O_RDONLY), ENOTDIR, 0);
  refuses("open a file with O_DIRECTORY", try_open(readable, O_RDONLY | O_DIRECTORY), ENOTDIR, 0);
  refuses("open a link with O_NOFOLLOW", try_open(symlink_, O_RDONLY | O_NOFOLLOW), ELOOP, 0);
  refuses("open a directory for writing", try_open(directory, O_WRONLY), EISDIR, 0);
  refuses("open a directory with O_CREAT", try_open(directory, O_RDONLY | O_CREAT), EISDIR, 0);
  refuses("open with O_CREAT and O_EXCL what is there", try_open(readable, O_RDONLY | O_CREAT | O_EXCL),
          EEXIST, 0);
  succeeds("open with O_CREAT what is there", try_open(readable, O_RDONLY | O_CREAT));
  refuses("open with O_CREAT what is not there", try_open(missing, O_RDONLY | O_CREAT), EPERM,
          EACCES, 0);
  refuses("open with O_TMPFILE", try_open(directory, O_RDWR | O_TMPFILE), EOPNOTSUPP, EISDIR, EPERM,
          EACCES, 0);
  char longer[PATH_MAX + 300];
  snprintf(longer, sizeof longer, "%s/", directory);
  memset(longer + strlen(longer), 'x', 256);
  longer[strlen(directory) + 1 + 256] = 0;
  refuses("open a name of 256 bytes", try_open(longer, O_RDONLY), ENAMETOOLONG, 0);
  longer[strlen(directory) + 1 + 255] = 0;
  refuses("open a name of 255 bytes", try_open(longer, O_RDONLY), ENOENT, 0);
  char slash[PATH_MAX + 8];
  snprintf(slash, sizeof slash, "%s/", readable);
  refuses("open a file with a slash behind it", try_open(slash, O_RDONLY), ENOTDIR, 0);
  refuses("open for writing what nobody may write", try_open(readable, O_WRONLY), EACCES, 0);
  refuses("open for reading and writing what nobody may write", try_open(readable, O_RDWR), EACCES, 0);
  refuses("run it", execl(readable, readable, (char *) NULL), EACCES, 0);
  int path_only = open(readable, O_PATH | O_CLOEXEC);
  refuses("read from what is open with O_PATH", read(path_only, longer, 1), EBADF, 0);
  close(path_only);
}

static void check_read(void) {
  char whole[4096], piece[4096];
  int fd = open(readable, O_RDONLY | O_CLOEXEC);
  int size = (int) read(fd, whole, sizeof whole);
  succeeds("read", size);
  equals("read at the end", 0, read(fd, piece, sizeof piece));
  equals("seek to the beginning", 0, lseek(fd, 0, SEEK_SET));
  equals("read the first byte", 1, read(fd, piece, 1));
  report(*piece == *whole, "the first byte is the first byte", "the same", "another");
  equals("seek from where it is", 1, lseek(fd, 0, SEEK_CUR));
  equals("read the rest", size - 1, read(fd, piece, sizeof piece));
  report(!memcmp(piece, whole + 1, size - 1), "the rest is the rest", "the same", "another");
  equals("pread does not move", size, lseek(fd, 0, SEEK_CUR));
  equals("pread of the first byte", 1, pread(fd, piece, 1, 0));
  equals("pread behind the end", 0, pread(fd, piece, 1, 1 << 20));
  refuses("pread at a negative offset", pread(fd, piece, 1, -1), EINVAL, 0);
  refuses("seek to a negative offset", lseek(fd, -1, SEEK_SET), EINVAL, 0);
  refuses("seek with another whence", lseek(fd, 0, 99), EINVAL, 0);
  refuses("write to what is open for reading", write(fd, whole, 1), EBADF, 0);
  refuses("ftruncate of what is open for reading", ftruncate(fd, 0), EINVAL, EBADF, 0);
  refuses("fallocate of what is open for reading", fallocate(fd, 0, 0, 1), EBADF, 0);
  succeeds("fsync", fsync(fd));
  equals("read of nothing", 0, read(fd, piece, 0));
  int again = open(readable, O_RDONLY | O_CLOEXEC);
  equals("two openings have an offset each", size, read(again, piece, sizeof piece));
  close(again);
  int copy = dup(fd);
  lseek(fd, 0, SEEK_SET);
  read(fd, piece, 1);
  equals("a duplicate shares the offset", 1, lseek(copy, 0, SEEK_CUR));
  close(copy);
  close(fd);
  refuses("read from what is closed", read(fd, piece, 1), EBADF, 0);
  fd = open(directory, O_RDONLY | O_CLOEXEC);
  refuses("read from a directory", read(fd, piece, 1), EISDIR, 0);
  close(fd);
}

static void check_write(void) {
  if (!*writable) {
    skip("write", "no file to write was named");
    return;
  }
  char text[4096], after[4096];
  int size = read_some(writable, text, sizeof text);
  int fd = open(writable, O_WRONLY | O_CLOEXEC);
  equals("write what it says", size, write(fd, text, size));
  refuses("read from what is open for writing", read(fd, after, 1), EBADF, 0);
  equals("write of nothing", 0, write(fd, text, 0));
  close(fd);
  equals("it says the same after it", size, read_some(writable, after, sizeof after));
  report(!memcmp(text, after, size), "the same text", "the same", "another");
  fd = open(writable, O_RDWR | O_CLOEXEC);
  refuses("write what it does not take", write(fd, "conformance\n", 12), EINVAL, 0);
  refuses("fallocate", fallocate(fd, 0, 0, 1), EOPNOTSUPP, 0);
  equals("and it says what it said", size, pread(fd, after, sizeof after, 0));
  close(fd);
  succeeds("open with O_TRUNC", try_open(writable, O_WRONLY | O_TRUNC));
  equals("and nothing is lost", size, read_some(writable, after, sizeof after));
  fd = open(writable, O_WRONLY | O_APPEND | O_CLOEXEC);
  equals("write with O_APPEND", size, write(fd, text, size));
  close(fd);
}

static void check_names(void) {
  char other[PATH_MAX + 16];
  snprintf(other, sizeof other, "%s/other", directory);
  refuses("mkdir", mkdir(missing, 0755), EPERM, EACCES, 0);
  refuses("mkdir of what is there", mkdir(directory, 0755), EEXIST, 0);
  refuses("mknod", mknod(missing, S_IFREG | 0644, 0), EPERM, EACCES, 0);
  refuses("mkfifo", mkfifo(missing, 0644), EPERM, EACCES, 0);
  refuses("symlink", symlink("x", missing), EPERM, EACCES, 0);
  refuses("link", link(readable, other), EPERM, EACCES, 0);
  refuses("unlink", unlink(readable), EPERM, EACCES, 0);
  refuses("unlink of a directory", unlink(directory), EISDIR, EPERM, EACCES, 0);
  refuses("unlink of what is not there", unlink(missing), ENOENT, 0);
  refuses("rmdir", rmdir(directory), EPERM, EACCES, ENOTEMPTY, EBUSY, 0);
  refuses("rmdir of a file", rmdir(readable), ENOTDIR, EPERM, 0);
  refuses("rename", rename(readable, other), EPERM, EACCES, 0);
  refuses("rename of what is not there", rename(missing, other), ENOENT, EPERM, 0);
  refuses("truncate of what is not there", truncate(missing, 0), ENOENT, 0);
  refuses("truncate of a directory", truncate(directory, 0), EISDIR, 0);
}

static void check_status(void) {
  struct stat one, other, link_;
  succeeds("stat", stat(readable, &one));
  report(S_ISREG(one.st_mode), "a file is a regular file", "a file", "something else");
  equals("a file has one name", 1, one.st_nlink);
  int fd = open(readable, O_RDONLY | O_CLOEXEC);
  succeeds("fstat", fstat(fd, &other));
  close(fd);
  report(one.st_ino == other.st_ino && one.st_dev == other.st_dev, "stat and fstat see one file",
         "one number", "two");
  stat(readable, &other);
  report(one.st_ino == other.st_ino, "its number stays", "the same", "another");
  succeeds("stat of a directory", stat(directory, &other));
  report(S_ISDIR(other.st_mode), "a directory is a directory", "a directory", "something else");
  report(one.st_ino != other.st_ino, "file and directory have numbers of their own", "two", "one");
  succeeds("lstat of a link", lstat(symlink_, &link_));
  report(S_ISLNK(link_.st_mode), "a link is a link", "a link", "something else");
  char target[PATH_MAX];
  long length = readlink(symlink_, target, sizeof target);
  succeeds("readlink", length);
  refuses("readlink of a file", readlink(readable, target, sizeof target), EINVAL, 0);
  refuses("stat of what is not there", stat(missing, &other), ENOENT, 0);
  refuses("stat below a file", stat(below_file, &other), ENOTDIR, 0);
  succeeds("access", access(readable, R_OK));
  refuses("access for writing", access(readable, W_OK), EACCES, 0);
  refuses("access for running", access(readable, X_OK), EACCES, 0);
  refuses("access of what is not there", access(missing, F_OK), ENOENT, 0);
  refuses("getxattr of an attribute that is not there",
          getxattr(readable, "user.conformance", target, sizeof target), ENODATA, EOPNOTSUPP, 0);
}

static int entries(DIR *stream, int *dots, int *bad, int fd) {
  int count = 0;
  *dots = 0;
  for (struct dirent *entry; (entry = readdir(stream)); count++) {
    struct stat status;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) {
      ++*dots;
    } else if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0
               || (entry->d_type != DT_UNKNOWN && entry->d_type != IFTODT(status.st_mode))) {
      ++*bad;
    }
  }
  return count;
}

static void check_directory(void) {
  DIR *stream = opendir(directory);
  int dots, bad = 0;
  int count = entries(stream, &dots, &bad, dirfd(stream));
  equals("a directory lists itself and the one above", 2, dots);
  equals("each entry is there, and of its kind", 0, bad);
  rewinddir(stream);
  equals("a second reading finds as many", count, entries(stream, &dots, &bad, dirfd(stream)));
  rewinddir(stream);
  for (int i = 0; i < count / 2; i++) {
    readdir(stream);
  }
  long middle = telldir(stream);
  int rest = entries(stream, &dots, &bad, dirfd(stream));
  seekdir(stream, middle);
  equals("what was left is left after going back", rest, entries(stream, &dots, &bad, dirfd(stream)));
  closedir(stream);
  refuses("opendir of a file", opendir(readable) ? 0 : -1, ENOTDIR, 0);
  refuses("opendir of what is not there", opendir(missing) ? 0 : -1, ENOENT, 0);
  char here[PATH_MAX + 8];
  snprintf(here, sizeof here, "%s/.", directory);
  struct stat one, other;
  stat(directory, &one);
  stat(here, &other);
  report(one.st_ino == other.st_ino, ". is the directory itself", "the same", "another");
}

static void check_poll(void) {
  struct pollfd it = {.fd = open(readable, O_RDONLY | O_CLOEXEC), .events = POLLIN | POLLPRI};
  char text[4096];
  equals("poll of a file does not wait", 1, poll(&it, 1, 1000));
  report(it.revents & POLLIN, "poll says that it can be read", "POLLIN", "not that");
  report((it.revents & POLLPRI) && (it.revents & POLLERR), "poll before it was read is news",
         "POLLPRI and POLLERR", "not both");
  pread(it.fd, text, sizeof text, 0);
  it.events = POLLPRI;
  equals("poll after it was read is none", 0, poll(&it, 1, 0));
  int set = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  succeeds("epoll takes it", epoll_ctl(set, EPOLL_CTL_ADD, it.fd, &event));
  equals("epoll says that it can be read", 1, epoll_wait(set, &event, 1, 1000));
  close(set);
  close(it.fd);
}

static void check_system(void) {
  struct statvfs status;
  succeeds("statvfs", statvfs(readable, &status));
  int fd = open(readable, O_RDONLY | O_CLOEXEC);
  void *map = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
  refuses("mmap", map == MAP_FAILED ? -1 : 0, ENODEV, EACCES, 0);
  close(fd);
}

/* Root may read and write whatever a mode says; without that the modes hold for root too. */
static void obey_modes(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct sets[2];
  if (syscall(SYS_capget, &header, sets) == 0) {
    sets[0].permitted &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
    sets[0].effective = sets[0].permitted;
    syscall(SYS_capset, &header, sets);
  }
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3 || !realpath(argv[1], root) || (argc == 3 && !realpath(argv[2], writable))) {
    fprintf(stderr, "usage: conformance DIRECTORY [FILE]\n");
    return 2;
  }
  obey_modes();
  nftw(root, look, 32, FTW_PHYS);
  if (!*readable || !*symlink_) {
    fprintf(stderr, "conformance: %s has no file that is read-only, or no link, to try it on\n", root);
    return 2;
  }
  snprintf(missing, sizeof missing, "%.*s/missing-conformance", PATH_MAX - 32, directory);
  if (mkdir(missing, 0700) == 0) {
    rmdir(missing);
    fprintf(stderr, "conformance: in %s something can be made; this is for where nothing can\n", directory);
    return 2;
  }
  snprintf(below_file, sizeof below_file, "%.*s/below", PATH_MAX - 32, readable);
  printf("# file %s\n# written %s\n# link %s\n", readable, *writable ? writable : "none", symlink_);
  check_open();
  check_read();
  check_write();
  check_names();
  check_status();
  check_directory();
  check_poll();
  check_system();
  printf("# %d ok, %d not ok, %d skipped\n", passed, failed, skipped);
  return failed ? 1 : 0;
}

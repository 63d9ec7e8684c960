// The peer of the benchmark: the smallest libfuse3 low-level file system that serves what our mount
// serves, with the same flags and time-outs:
//
//     value      rw, direct I/O; the handle made by open keeps the text that a read from offset 0 shows
//     constant   r, exact size, its content kept by the kernel
//     dir/       1,000 empty directories, with READDIRPLUS; the kernel keeps its listing
//     asked/     the same, but listed anew each time
//
// `--pinned` is the fair comparison: one thread a CPU, pinned there. `--default` is what a file
// system gets that calls libfuse's own multi-threaded loop and thinks no further: no listing is kept.

#define _GNU_SOURCE
#define FUSE_USE_VERSION 312
#include <err.h>
#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOT = FUSE_ROOT_ID, VALUE, CONSTANT, DIR_, ASKED, FIRST_ENTRY, ENTRIES = 1000 };
enum { SHOWN_SIZE = 4096, MAX_LISTING = 128 * 1024 };

static const double TIMEOUT = 10;
static const char CONSTANT_TEXT[] = "driverfs mount benchmark\n";

static _Atomic long value = 42;
static char entry_names[ENTRIES][16];
static bool pinned;
static uid_t owner;
static gid_t group;

// One open file: the text of its last show.
struct handle {
  fuse_ino_t ino;
  size_t length;
  char text[48];
};

static void show(struct handle *h) {
  int n = h->ino == VALUE ? snprintf(h->text, sizeof h->text, "%ld\n", atomic_load(&value))
                          : snprintf(h->text, sizeof h->text, "%s", CONSTANT_TEXT);
  h->length = (size_t)n;
}

static bool is_directory(fuse_ino_t ino) { return ino != VALUE && ino != CONSTANT; }

static bool find_attributes(fuse_ino_t ino, struct stat *st) {
  if (ino < ROOT || ino >= FIRST_ENTRY + 2 * ENTRIES) return false;
  *st = (struct stat){.st_ino = ino, .st_nlink = 1, .st_uid = owner, .st_gid = group};
  if (is_directory(ino)) {
    st->st_mode = S_IFDIR | 0755;
    st->st_nlink = 2;
  } else {
    st->st_mode = S_IFREG | (ino == VALUE ? 0644 : 0444);
    st->st_size = ino == VALUE ? SHOWN_SIZE : (off_t)sizeof CONSTANT_TEXT - 1;
  }
  return true;
}

static bool find_entry(fuse_ino_t ino, struct fuse_entry_param *e) {
  *e = (struct fuse_entry_param){.ino = ino, .attr_timeout = TIMEOUT, .entry_timeout = TIMEOUT};
  return find_attributes(ino, &e->attr);
}

// The entry at a position of a listing, or false behind the last one.
static bool find_position(fuse_ino_t parent, off_t position, const char **name, fuse_ino_t *ino) {
  static const char *const of_root[] = {".", "..", "value", "constant", "dir", "asked"};
  static const fuse_ino_t inode_of_root[] = {ROOT, ROOT, VALUE, CONSTANT, DIR_, ASKED};
  bool full = parent == DIR_ || parent == ASKED;
  off_t end = parent == ROOT ? 6 : full ? 2 + ENTRIES : 2;
  if (position < 0 || position >= end) return false;
  bool entry = position >= 2 && full;
  *name = entry ? entry_names[position - 2] : of_root[position];
  *ino = entry            ? FIRST_ENTRY + (parent == ASKED ? ENTRIES : 0) + (fuse_ino_t)position - 2
         : parent == ROOT ? inode_of_root[position]
         : position == 0  ? parent
         : full           ? ROOT
                          : DIR_;
  return true;
}

static void do_init(void *userdata, struct fuse_conn_info *connection) {
  (void)userdata;
  connection->want |= connection->capable & FUSE_CAP_PARALLEL_DIROPS;
}

static void do_lookup(fuse_req_t req, fuse_ino_t parent, const char *name) {
  const char *candidate;
  fuse_ino_t ino;
  struct fuse_entry_param e;
  for (off_t i = 2; find_position(parent, i, &candidate, &ino); i++) {
    if (strcmp(candidate, name) != 0) continue;
    find_entry(ino, &e);
    fuse_reply_entry(req, &e);
    return;
  }
  fuse_reply_err(req, ENOENT);
}

static void do_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi) {
  (void)fi;
  struct stat st;
  if (find_attributes(ino, &st))
    fuse_reply_attr(req, &st, TIMEOUT);
  else
    fuse_reply_err(req, ENOENT);
}

static void do_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int set,
                       struct fuse_file_info *fi) {
  (void)st;
  if (set & ~FUSE_SET_ATTR_SIZE)
    fuse_reply_err(req, EPERM);
  else
    do_getattr(req, ino, fi);
}

static void do_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi) {
  struct handle *h = calloc(1, sizeof *h);
  if (!h) {
    fuse_reply_err(req, ENOMEM);
    return;
  }
  h->ino = ino;
  fi->fh = (uintptr_t)h;
  fi->direct_io = ino == VALUE;
  fi->keep_cache = ino == CONSTANT;
  if (pinned && ino == DIR_) fi->keep_cache = fi->cache_readdir = 1;
  if (fuse_reply_open(req, fi) == -ENOENT) free(h);
}

static void do_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                    struct fuse_file_info *fi) {
  (void)ino;
  struct handle *h = (struct handle *)(uintptr_t)fi->fh;
  if (offset == 0) show(h);
  size_t start = (size_t)offset < h->length ? (size_t)offset : h->length;
  size_t rest = h->length - start;
  fuse_reply_buf(req, h->text + start, size < rest ? size : rest);
}

static void do_write(fuse_req_t req, fuse_ino_t ino, const char *text, size_t size, off_t offset,
                     struct fuse_file_info *fi) {
  (void)ino, (void)offset, (void)fi;
  char copy[32];
  if (size >= sizeof copy) {
    fuse_reply_err(req, EFBIG);
    return;
  }
  memcpy(copy, text, size);
  copy[size] = 0;
  char *end;
  long parsed = strtol(copy, &end, 10);
  if (end == copy || (*end && *end != '\n')) {
    fuse_reply_err(req, EINVAL);
    return;
  }
  atomic_store(&value, parsed);
  fuse_reply_write(req, size);
}

static void do_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi) {
  (void)ino;
  free((struct handle *)(uintptr_t)fi->fh);
  fuse_reply_err(req, 0);
}

static size_t add_with_attributes(fuse_req_t req, char *to, size_t room, const char *name,
                                  fuse_ino_t ino, off_t next) {
  struct fuse_entry_param e;
  find_entry(ino, &e);
  return fuse_add_direntry_plus(req, to, room, name, &e, next);
}

static size_t add_name(fuse_req_t req, char *to, size_t room, const char *name, fuse_ino_t ino,
                       off_t next) {
  struct stat st;  // libfuse reads these two members only
  st.st_ino = ino;
  st.st_mode = is_directory(ino) ? S_IFDIR : S_IFREG;
  return fuse_add_direntry(req, to, room, name, &st, next);
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, bool plus) {
  static _Thread_local char buffer[MAX_LISTING];
  if (size > sizeof buffer) size = sizeof buffer;
  size_t used = 0;
  const char *name;
  fuse_ino_t child;
  for (; find_position(ino, offset, &name, &child); offset++) {
    size_t n = plus ? add_with_attributes(req, buffer + used, size - used, name, child, offset + 1)
                    : add_name(req, buffer + used, size - used, name, child, offset + 1);
    if (n > size - used) break;
    used += n;
  }
  fuse_reply_buf(req, buffer, used);
}

static void do_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                       struct fuse_file_info *fi) {
  (void)fi;
  list(req, ino, size, offset, false);
}

static void do_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                           struct fuse_file_info *fi) {
  (void)fi;
  list(req, ino, size, offset, true);
}

static struct fuse_lowlevel_ops operations = {
    .init = do_init,       .lookup = do_lookup,   .getattr = do_getattr,
    .setattr = do_setattr, .open = do_open,       .read = do_read,
    .write = do_write,     .release = do_release, .opendir = do_open,
    .readdir = do_readdir, .releasedir = do_release, .readdirplus = do_readdirplus,
};

// The pinned loop. The thread that waits for a signal is none of the workers.

struct worker {
  struct fuse_session *session;
  int cpu;
};

static void *work(void *argument) {
  const struct worker *w = argument;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(w->cpu, &one);
  if (sched_setaffinity(0, sizeof one, &one) < 0) err(1, "sched_setaffinity");
  struct fuse_buf buffer = {0};
  while (!fuse_session_exited(w->session)) {
    int n = fuse_session_receive_buf(w->session, &buffer);
    if (n == -EINTR) continue;
    if (n <= 0) break;
    fuse_session_process_buf(w->session, &buffer);
  }
  kill(getpid(), SIGTERM);  // unmounted by somebody else: the main thread ends the process
  return NULL;
}

static void loop_pinned(struct fuse_session *session, const char *mount_point) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) err(1, "sched_getaffinity");
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGHUP);
  sigprocmask(SIG_BLOCK, &ends, NULL);
  static struct worker workers[CPU_SETSIZE];
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    pthread_t thread;
    workers[cpu] = (struct worker){session, cpu};
    errno = pthread_create(&thread, NULL, work, &workers[cpu]);
    if (errno) err(1, "pthread_create");
  }
  int signal_number;
  sigwait(&ends, &signal_number);
  umount2(mount_point, MNT_DETACH);
  _exit(0);
}

static void loop_default(struct fuse_session *session) {
  if (fuse_set_signal_handlers(session) != 0) errx(1, "fuse_set_signal_handlers");
  struct fuse_loop_config *config = fuse_loop_cfg_create();
  fuse_session_loop_mt(session, config);
  fuse_loop_cfg_destroy(config);
  fuse_remove_signal_handlers(session);
  fuse_session_unmount(session);
  fuse_session_destroy(session);
}

int main(int argc, char **argv) {
  pinned = argc > 1 && strcmp(argv[1], "--pinned") == 0;
  bool plus = argc != 4 || strcmp(argv[2], "--no-plus") != 0;
  if ((!pinned && (argc < 2 || strcmp(argv[1], "--default") != 0)) || argc != (plus ? 3 : 4)) {
    fputs("usage: peer --pinned|--default [--no-plus] MOUNTDIR\n", stderr);
    return 2;
  }
  const char *mount_point = argv[argc - 1];
  if (!plus) operations.readdirplus = NULL;
  owner = getuid();
  group = getgid();
  for (int i = 0; i < ENTRIES; i++) snprintf(entry_names[i], sizeof entry_names[i], "entry%03d", i);

  char *words[] = {"peer", "-o", "default_permissions,fsname=peer", NULL};
  struct fuse_args args = FUSE_ARGS_INIT(3, words);
  struct fuse_session *session = fuse_session_new(&args, &operations, sizeof operations, NULL);
  if (!session) errx(1, "fuse_session_new");
  if (fuse_session_mount(session, mount_point) != 0) errx(1, "cannot mount on %s", mount_point);
  puts("mounted");
  fflush(stdout);
  if (pinned)
    loop_pinned(session, mount_point);
  else
    loop_default(session);
  return 0;
}

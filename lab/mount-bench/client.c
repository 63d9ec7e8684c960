// The client of the benchmark: N processes do one operation in a loop on one path and the sum of
// their rates is printed, in operations a second.
//
// All processes run through a warm-up that is not counted. Then the parent opens the window for all of
// them at once by a store in shared memory, and closes it the same way; each process divides what it
// did by the time that it saw itself, so a parent that wakes up late does not falsify the figure.
// The path's directory is entered first: its depth does not count.

#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PROCESSES = 64 };
enum phase { GATHER, WARM_UP, MEASURE, STOP };

struct shared {
  _Atomic int phase;
  _Atomic int ready;
  struct {
    long operations;
    double seconds;
  } result[MAX_PROCESSES];
};

static struct options {
  int processes;
  bool pinned;
  double seconds;
  double warm_up;
  long count;  // 0: by time
  long entries;
  const char *text;
} options = {.processes = 1, .seconds = 2, .warm_up = 0.2, .text = "43\n"};

static struct shared *shared;
static char *name;
static int open_file = -1;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sleep_for(double seconds) {
  struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  while (nanosleep(&t, &t) < 0 && errno == EINTR) continue;
}

// The operations: each does one and ends the process when it fails.

static void read_some(int fd) {
  char buffer[4096];
  ssize_t n = pread(fd, buffer, sizeof buffer, 0);
  if (n < 0) err(1, "pread %s", name);
  if (n == 0) errx(1, "pread %s: empty", name);
}

static void open_read_close(void) {
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) err(1, "open %s", name);
  read_some(fd);
  if (close(fd) < 0) err(1, "close %s", name);
}

static void read_open_file(void) {
  if (open_file < 0) open_file = open(name, O_RDONLY | O_CLOEXEC);
  if (open_file < 0) err(1, "open %s", name);
  read_some(open_file);
}

static void stat_path(void) {
  struct stat st;
  if (fstatat(AT_FDCWD, name, &st, 0) < 0) err(1, "fstatat %s", name);
}

static void open_write_close(void) {
  size_t length = strlen(options.text);
  int fd = open(name, O_WRONLY | O_CLOEXEC);
  if (fd < 0) err(1, "open %s", name);
  ssize_t n = pwrite(fd, options.text, length, 0);
  if (n < 0) err(1, "pwrite %s", name);
  if ((size_t)n != length) errx(1, "pwrite %s: %zd of %zu bytes", name, n, length);
  if (close(fd) < 0) err(1, "close %s", name);
}

static void list_directory(void) {
  DIR *d = opendir(name);
  if (!d) err(1, "opendir %s", name);
  long entries = 0;
  errno = 0;
  for (struct dirent *e; (e = readdir(d));)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) entries++;
  if (errno) err(1, "readdir %s", name);
  if (options.entries && entries != options.entries)
    errx(1, "%s: %ld entries, not %ld", name, entries, options.entries);
  if (closedir(d) < 0) err(1, "closedir %s", name);
}

static const struct operation {
  const char *name;
  void (*once)(void);
} operations[] = {
    {"orc", open_read_close},   {"read", read_open_file}, {"stat", stat_path},
    {"owc", open_write_close}, {"list", list_directory},
};

static void pin(int index) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) err(1, "sched_getaffinity");
  int skip = index % CPU_COUNT(&allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed) || skip-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) < 0) err(1, "sched_setaffinity");
    return;
  }
}

static int phase(void) { return atomic_load_explicit(&shared->phase, memory_order_relaxed); }

static void run_child(int index, const struct operation *op) {
  if (options.pinned) pin(index);
  op->once();  // a failure shows before anybody waits
  atomic_fetch_add(&shared->ready, 1);
  while (phase() == GATHER) usleep(100);
  while (phase() == WARM_UP) op->once();
  long n = 0;
  double start = now();
  if (options.count)
    for (; n < options.count; n++) op->once();
  else
    for (; phase() == MEASURE; n++) op->once();
  shared->result[index].seconds = now() - start;
  shared->result[index].operations = n;
}

// Ends the benchmark if a child is gone before its time.
static void require_children(void) {
  int status;
  pid_t pid = waitpid(-1, &status, WNOHANG);
  if (pid > 0 && status != 0) exit(1);
}

static double measure(const struct operation *op) {
  for (int i = 0; i < options.processes; i++) {
    pid_t pid = fork();
    if (pid < 0) err(1, "fork");
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      run_child(i, op);
      _exit(0);
    }
  }
  while (atomic_load(&shared->ready) < options.processes) {
    require_children();
    usleep(200);
  }
  atomic_store(&shared->phase, WARM_UP);
  sleep_for(options.warm_up);
  atomic_store(&shared->phase, MEASURE);
  if (!options.count) {
    sleep_for(options.seconds);
    atomic_store(&shared->phase, STOP);
  }
  for (int status; wait(&status) > 0;)
    if (status != 0) exit(1);
  double rate = 0;
  for (int i = 0; i < options.processes; i++)
    rate += (double)shared->result[i].operations / shared->result[i].seconds;
  return rate;
}

static _Noreturn void usage(void) {
  fputs(
      "usage: client [-p PROCESSES] [-a] [-s SECONDS | -n COUNT] [-u WARM_UP_SECONDS]\n"
      "              [-e ENTRIES] [-w TEXT] orc|read|stat|owc|list PATH\n"
      "  -a  process i stays on CPU i        -e  entries that a listing must have\n"
      "  -n  so many operations a process    -w  what owc writes\n",
      stderr);
  exit(2);
}

static double number(const char *text, double least, double most) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !(value >= least && value <= most)) usage();
  return value;
}

int main(int argc, char **argv) {
  for (int c; (c = getopt(argc, argv, "p:as:n:u:e:w:")) != -1;) {
    switch (c) {
      case 'p': options.processes = (int)number(optarg, 1, MAX_PROCESSES); break;
      case 'a': options.pinned = true; break;
      case 's': options.seconds = number(optarg, 0.001, 3600); break;
      case 'n': options.count = (long)number(optarg, 1, 1e12); break;
      case 'u': options.warm_up = number(optarg, 0, 3600); break;
      case 'e': options.entries = (long)number(optarg, 0, 1e9); break;
      case 'w': options.text = optarg; break;
      default: usage();
    }
  }
  if (argc - optind != 2) usage();
  const struct operation *op = NULL;
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    if (strcmp(operations[i].name, argv[optind]) == 0) op = &operations[i];
  if (!op) usage();

  char *path = argv[optind + 1];
  name = basename(strdup(path));
  const char *directory = dirname(strdup(path));
  if (chdir(directory) < 0) err(1, "%s", directory);

  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) err(1, "mmap");
  printf("%.1f\n", measure(op));
  return 0;
}

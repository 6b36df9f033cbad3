/*
 * shm-probe: what the end-to-end tests run inside pods, as agent and as client.
 *
 * Each step prints one line of key=value pairs; `result` is `ok` or the name of an errno. Exit 0: all ok; 1: some step failed; 2: usage.
 * Nothing waits for anything: a test that expects something later asks again.
 *
 * An OBJECT is posix:/NAME (shm_open), file:/PATH (open + mmap), sysv:KEY (shmget) or memfd:/PATH (memfd_create, passed over a socket there). Its first bytes are a header with the token of the test
 * run that made it, how often an agent took it up and a generation that a living agent keeps counting.
 */
#define _GNU_SOURCE
#include "descriptor.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAGIC "shm-probe/1"
#define TOKEN_BYTES 64
#define MAX_OBJECTS 8
#define OBJECTS "object must be posix:/NAME, file:/PATH, sysv:KEY or memfd:/PATH"

struct header {
  char magic[16];
  char token[TOKEN_BYTES];
  uint64_t starts;
  uint64_t generation;
};

struct object {
  const char *address;
  struct header *header; /* the mapping */
  size_t bytes;
  int created;
  unsigned mode, uid, gid;
  int fd, listener; /* of memory without a name */
};

static size_t size = 4096;
static unsigned mode = 0640;
static long group = -1;
static volatile sig_atomic_t stopped;

static int report(const char *step, const char *address, const char *call) {
  const char *name = strerrorname_np(errno);
  printf("step=%s object=%s result=%s call=%s\n", step, address, name ? name : "UNKNOWN", call);
  return 1;
}

static int refuse(const char *text, const char *given) {
  fprintf(stderr, "shm-probe: %s: %s\n", text, given);
  exit(2);
}

static const char *name_of(const char *address, const char *kind) {
  size_t n = strlen(kind);
  return strncmp(address, kind, n) == 0 && address[n] == ':' ? address + n + 1 : NULL;
}

static size_t bytes_of(const char *text) {
  char *end;
  size_t n = strtoull(text, &end, 10);
  if (*end == 'k') n <<= 10, end++;
  else if (*end == 'm') n <<= 20, end++;
  if (end == text || *end) refuse("size must be a number, with k or m after it or not", text);
  return n;
}

static key_t key_of(const char *text) {
  char *end;
  long key = strtol(text, &end, 0);
  if (end == text || *end || key <= 0) refuse("key must be a positive number", text);
  return (key_t)key;
}

/* Opens or, if asked, creates; an object that exists keeps its bytes, whoever made it. NULL, or the name of the call that failed. */
static const char *open_sysv(struct object *o, const char *name, int writable, int create) {
  key_t key = key_of(name);
  int id = shmget(key, 0, 0);
  if (id < 0 && create && errno == ENOENT) {
    id = shmget(key, size, IPC_CREAT | IPC_EXCL | (int)mode);
    o->created = id >= 0;
  }
  if (id < 0) return "shmget";
  void *at = shmat(id, NULL, writable ? 0 : SHM_RDONLY);
  if (at == (void *)-1) return "shmat";
  o->header = at;
  struct shmid_ds d;
  if (shmctl(id, IPC_STAT, &d)) return "shmctl";
  if (o->created && group >= 0) {
    d.shm_perm.gid = (gid_t)group;
    if (shmctl(id, IPC_SET, &d)) return "shmctl";
  }
  o->bytes = d.shm_segsz, o->mode = d.shm_perm.mode & 0777, o->uid = d.shm_perm.uid, o->gid = d.shm_perm.gid;
  return NULL;
}

static const char *open_file(struct object *o, const char *name, int posix, int writable, int create) {
  int flags = (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC;
  int fd = posix ? shm_open(name, flags, 0) : open(name, flags);
  if (fd < 0 && create && errno == ENOENT) {
    flags |= O_CREAT | O_EXCL;
    fd = posix ? shm_open(name, flags, mode) : open(name, flags, mode);
    o->created = fd >= 0;
  }
  if (fd < 0) return posix ? "shm_open" : "open";
  /* The umask may have taken the group's bits away. */
  if (o->created && fchmod(fd, mode)) return "fchmod";
  if (o->created && group >= 0 && fchown(fd, (uid_t)-1, (gid_t)group)) return "fchown";
  struct stat st;
  if (fstat(fd, &st)) return "fstat";
  /* Also where an earlier agent was killed between creating and sizing. What has a size keeps it. */
  if (create && st.st_size == 0 && (ftruncate(fd, (off_t)size) || fstat(fd, &st))) return "ftruncate";
  o->bytes = (size_t)st.st_size, o->mode = st.st_mode & 07777, o->uid = st.st_uid, o->gid = st.st_gid;
  if (o->bytes < sizeof *o->header) { errno = ENODATA; return "fstat"; }
  void *at = mmap(NULL, o->bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return "mmap";
  o->header = at;
  close(fd);
  return NULL;
}

static const char *open_memfd(struct object *o, const char *path, int writable, int create) {
  const char *call = NULL;
  if (create) {
    o->fd = memfd_create("shm-probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (o->fd < 0) return "memfd_create";
    if (ftruncate(o->fd, (off_t)size)) return "ftruncate";
    o->created = 1;
  } else if ((call = receive_from(path, &o->fd))) return call;
  struct stat st;
  if (fstat(o->fd, &st)) return "fstat";
  o->bytes = (size_t)st.st_size, o->mode = st.st_mode & 07777, o->uid = st.st_uid, o->gid = st.st_gid;
  if (o->bytes < sizeof *o->header) { errno = ENODATA; return "fstat"; }
  void *at = mmap(NULL, o->bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, o->fd, 0);
  if (at == MAP_FAILED) return "mmap";
  o->header = at;
  return NULL;
}

static const char *open_object(struct object *o, const char *address, int writable, int create) {
  const char *name;
  memset(o, 0, sizeof *o);
  o->address = address;
  o->listener = -1;
  if ((name = name_of(address, "memfd"))) return open_memfd(o, name, writable, create);
  if ((name = name_of(address, "sysv"))) return open_sysv(o, name, writable, create);
  if ((name = name_of(address, "posix"))) return open_file(o, name, 1, writable, create);
  if ((name = name_of(address, "file"))) return open_file(o, name, 0, writable, create);
  refuse(OBJECTS, address);
  return NULL;
}

static int describe(const char *step, const struct object *o, const char *result) {
  const struct header *h = o->header;
  printf("step=%s object=%s result=%s bytes=%zu mode=%04o uid=%u gid=%u created=%s token=%.*s starts=%llu generation=%llu\n", step, o->address, result,
         o->bytes, o->mode, o->uid, o->gid, o->created ? "yes" : "no", TOKEN_BYTES, h->token, (unsigned long long)h->starts,
         (unsigned long long)__atomic_load_n(&h->generation, __ATOMIC_SEQ_CST));
  return strcmp(result, "ok") != 0;
}

/* Every page is touched, so that the kernel charges the object to whom it should. */
static void fill_in(struct object *o, const char *token) {
  struct header *h = o->header;
  memset((char *)h + sizeof *h, 0x5a, o->bytes - sizeof *h);
  memset(h, 0, sizeof *h);
  memcpy(h->token, token, strlen(token)); /* shorter than the field: checked in main */
  memcpy(h->magic, MAGIC, sizeof MAGIC);
}

static int do_write(const char *token, const char *address) {
  struct object o;
  const char *call = open_object(&o, address, 1, 1);
  if (call) return report("write", address, call);
  fill_in(&o, token);
  return describe("write", &o, "ok");
}

static int do_read(const char *token, const char *address) {
  struct object o;
  const char *call = open_object(&o, address, 0, 0);
  if (call) return report("read", address, call);
  if (memcmp(o.header->magic, MAGIC, sizeof MAGIC)) { errno = EBADMSG; return report("read", address, "magic"); }
  return describe("read", &o, strncmp(o.header->token, token, TOKEN_BYTES) ? "OTHER_TOKEN" : "ok");
}

/* Whether the agent has finished making the object, whatever its token: for startup probes. */
static int do_ready(const char *address) {
  struct object o;
  const char *call = open_object(&o, address, 0, 0);
  if (call) return report("ready", address, call);
  if (memcmp(o.header->magic, MAGIC, sizeof MAGIC)) { errno = EBADMSG; return report("ready", address, "magic"); }
  return describe("ready", &o, "ok");
}

/* Asks for write access and writes the byte that is there already: proves the right without changing the data. */
static int do_try_write(const char *address) {
  struct object o;
  const char *call = open_object(&o, address, 1, 0);
  if (call) return report("try-write", address, call);
  char *last = (char *)o.header + o.bytes - 1;
  *(volatile char *)last = *last;
  return describe("try-write", &o, "ok");
}

static int do_try_create(const char *path) {
  int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
  if (fd < 0) return report("try-create", path, "open");
  if (unlink(path)) return report("try-create", path, "unlink");
  printf("step=try-create object=%s result=ok\n", path);
  return 0;
}

/* Writes until the first error, at most `size` bytes, says how far it came, and takes the file away again. */
static int do_fill(const char *path) {
  static char block[64 << 10];
  int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
  if (fd < 0) return report("fill", path, "open");
  memset(block, 0x5a, sizeof block);
  size_t done = 0;
  const char *result = "ok";
  while (done < size) {
    size_t want = size - done < sizeof block ? size - done : sizeof block;
    ssize_t n = write(fd, block, want);
    if (n < 0) { result = strerrorname_np(errno); break; }
    done += (size_t)n;
  }
  unlink(path);
  printf("step=fill object=%s result=%s bytes=%zu\n", path, result, done);
  return strcmp(result, "ok") != 0;
}

/* Allocates `size` bytes of a file, without touching them; what is there stays. The file stays too, unless it is new and there is no room. */
static int do_allocate(const char *path) {
  int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode), created = fd >= 0;
  if (!created && (errno != EEXIST || (fd = open(path, O_RDWR | O_CLOEXEC)) < 0)) return report("allocate", path, "open");
  if (created && (fchmod(fd, mode) || (group >= 0 && fchown(fd, (uid_t)-1, (gid_t)group)))) return report("allocate", path, "fchown");
  if (fallocate(fd, 0, 0, (off_t)size)) {
    int why = errno;
    if (created) unlink(path);
    errno = why;
    return report("allocate", path, "fallocate");
  }
  printf("step=allocate object=%s result=ok bytes=%zu\n", path, size);
  return 0;
}

static int do_remove(const char *address) {
  const char *name;
  int failed = 0;
  if ((name = name_of(address, "sysv"))) {
    int id = shmget(key_of(name), 0, 0);
    failed = id < 0 || shmctl(id, IPC_RMID, NULL);
  } else if ((name = name_of(address, "posix"))) failed = shm_unlink(name);
  else if ((name = name_of(address, "file")) || (name = name_of(address, "memfd"))) failed = unlink(name);
  else refuse(OBJECTS, address);
  if (failed) return report("remove", address, "remove");
  printf("step=remove object=%s result=ok\n", address);
  return 0;
}

static void on_term(int signal) { (void)signal, stopped = 1; }

static void on_bus(int signal) {
  (void)signal;
  static const char line[] = "step=memory result=SIGBUS\n"; /* no room behind a mapped page, or the object was truncated */
  if (write(1, line, sizeof line - 1) < 0) _exit(2);
  _exit(1);
}

/* The agent: takes over what is there (never truncates it), creates what is not, and counts until SIGTERM. */
static int do_serve(const char *token, int count, char **addresses) {
  struct object objects[MAX_OBJECTS];
  const char *path;
  if (count > MAX_OBJECTS) refuse("too many objects", addresses[MAX_OBJECTS]);
  for (int i = 0; i < count; i++) {
    struct object *o = &objects[i];
    const char *call = open_object(o, addresses[i], 1, 1);
    if (call) return report("serve", addresses[i], call);
    if (memcmp(o->header->magic, MAGIC, sizeof MAGIC)) fill_in(o, token);
    o->header->starts++;
    if ((path = name_of(addresses[i], "memfd")) && (call = listen_at(path, &o->listener))) return report("serve", addresses[i], call);
    describe("serve", o, "ok");
  }
  while (!stopped) {
    for (int i = 0; i < count; i++) {
      __atomic_add_fetch(&objects[i].header->generation, 1, __ATOMIC_SEQ_CST);
      if (objects[i].listener >= 0) pass_to_all(objects[i].listener, objects[i].fd);
    }
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
  }
  printf("step=serve result=stopped\n");
  return 0;
}

static int usage(void) {
  fputs("usage: shm-probe [-s SIZE] [-m MODE] [-g GID] COMMAND      SIZE in bytes, with k or m after it or not; MODE octal, of what is created\n"
        "  serve TOKEN OBJECT...   write TOKEN OBJECT   read TOKEN OBJECT   ready OBJECT   try-write OBJECT   remove OBJECT   try-create PATH   fill PATH\n"
        "  allocate PATH\n"
        "  OBJECT: posix:/NAME | file:/PATH | sysv:KEY | memfd:/PATH of a socket\n", stderr);
  return 2;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  umask(027); /* the usual 022 is what takes group writing away, and lets everybody read */
  for (int c; (c = getopt(argc, argv, "+s:m:g:")) != -1;) {
    if (c == 's') size = bytes_of(optarg);
    else if (c == 'm') mode = (unsigned)strtoul(optarg, NULL, 8);
    else if (c == 'g') group = strtol(optarg, NULL, 10);
    else return usage();
  }
  int left = argc - optind;
  char **rest = argv + optind;
  if (left < 2) return usage();
  if (size < sizeof(struct header)) refuse("size is less than the header", "-s");
  sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
  sigaction(SIGBUS, &(struct sigaction){.sa_handler = on_bus}, NULL);

  const char *command = rest[0];
  int with_token = !strcmp(command, "serve") || !strcmp(command, "write") || !strcmp(command, "read");
  if (with_token && (strlen(rest[1]) >= TOKEN_BYTES || strpbrk(rest[1], " =\n"))) refuse("token must be shorter than 64 bytes, without space or =", rest[1]);
  if (!strcmp(command, "serve") && left >= 3) return do_serve(rest[1], left - 2, rest + 2);
  if (!strcmp(command, "write") && left == 3) return do_write(rest[1], rest[2]);
  if (!strcmp(command, "read") && left == 3) return do_read(rest[1], rest[2]);
  if (!strcmp(command, "ready") && left == 2) return do_ready(rest[1]);
  if (!strcmp(command, "try-write") && left == 2) return do_try_write(rest[1]);
  if (!strcmp(command, "try-create") && left == 2) return do_try_create(rest[1]);
  if (!strcmp(command, "fill") && left == 2) return do_fill(rest[1]);
  if (!strcmp(command, "allocate") && left == 2) return do_allocate(rest[1]);
  if (!strcmp(command, "remove") && left == 2) return do_remove(rest[1]);
  return usage();
}

/* An agent that writes in place: agent PATH. It takes over what is there; clients never see half an object, and never lose the one they have mapped. */
#define _GNU_SOURCE
#include "table.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(1);
}

static struct table *map(int fd) {
  struct table *table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (table == MAP_FAILED) die("mmap");
  close(fd);
  return table;
}

/* What an earlier agent left, if it is whole and of this layout. Nothing is truncated, so every mapping stays valid. */
static struct table *take_over(const char *path) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return NULL;
  struct stat st;
  if (fstat(fd, &st) || st.st_size != sizeof(struct table)) return close(fd), NULL;
  struct table *table = map(fd);
  return memcmp(table->magic, MAGIC, sizeof table->magic) == 0 ? table : NULL;
}

/* A new object is made under another name and renamed when it is whole. Its pages are there before: ENOSPC here, and no SIGBUS later. */
static struct table *create(const char *path) {
  char new[4096];
  snprintf(new, sizeof new, "%s.new", path);
  if (unlink(new) && errno != ENOENT) die("unlink"); /* of an agent that was killed here */
  int fd = open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
  if (fd < 0) die("open");
  if ((errno = posix_fallocate(fd, 0, sizeof(struct table)))) die("posix_fallocate");
  struct table *table = map(fd);
  memcpy(table->magic, MAGIC, sizeof table->magic);
  if (rename(new, path)) die("rename");
  return table;
}

static void publish(struct table *table, uint64_t value) {
  uint64_t sequence = table->sequence | 1; /* also where an agent was killed while it wrote */
  __atomic_store_n(&table->sequence, sequence, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_RELEASE);
  for (int i = 0; i < VALUES; i++) __atomic_store_n(&table->values[i], value, __ATOMIC_RELAXED);
  __atomic_store_n(&table->sequence, sequence + 1, __ATOMIC_RELEASE);
}

int main(int argc, char **argv) {
  if (argc != 2) return fputs("usage: agent PATH\n", stderr), 2;
  umask(007); /* the default, 022, takes group writing away; the directory is setgid, so the group comes by itself */
  struct table *table = take_over(argv[1]);
  if (!table) table = create(argv[1]);
  __atomic_add_fetch(&table->starts, 1, __ATOMIC_SEQ_CST);
  for (uint64_t value = table->values[0];;) {
    publish(table, ++value);
    __atomic_add_fetch(&table->heartbeat, 1, __ATOMIC_RELAXED);
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
  }
}

/* A client that only reads: client PATH READS. Says how many of its reads were whole, and whether the agent lives; opens again where the object was replaced. */
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

static int fd = -1;
static const struct table *table;

/* Without O_CREAT: the mount is read-only, and fs.protected_regular refuses O_CREAT of another user's file in a sticky directory. */
static int attach(const char *path) {
  struct stat st;
  int next = open(path, O_RDONLY | O_CLOEXEC);
  if (next < 0) return -1; /* ENOENT: the directory is there before the agent has written; try again */
  if (fstat(next, &st) || st.st_size != sizeof *table) return close(next), -1;
  struct table *at = mmap(NULL, sizeof *table, PROT_READ, MAP_SHARED, next, 0);
  if (at == MAP_FAILED) return close(next), -1;
  if (memcmp(at->magic, MAGIC, sizeof at->magic)) return munmap(at, sizeof *at), close(next), -1; /* keep what there is */
  if (table) munmap((void *)table, sizeof *table), close(fd);
  fd = next, table = at;
  return 0;
}

/* Whether the path leads to another object by now. What is mapped stays valid, but nobody writes it any more. */
static int replaced(const char *path) {
  struct stat mine, there;
  if (fstat(fd, &mine) || stat(path, &there)) return 0; /* gone, and nothing in its place yet: keep what there is */
  return mine.st_ino != there.st_ino || mine.st_dev != there.st_dev;
}

/* Copies the values as they were at one moment; 0 where the agent was writing, even now: then the caller tries again. */
static int snapshot(uint64_t *values) {
  uint64_t before = __atomic_load_n(&table->sequence, __ATOMIC_ACQUIRE);
  if (before & 1) return 0;
  for (int i = 0; i < VALUES; i++) values[i] = __atomic_load_n(&table->values[i], __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return before == __atomic_load_n(&table->sequence, __ATOMIC_RELAXED);
}

/* After many tries without a whole copy: the sequence stays odd if the agent was killed while it wrote, until the next one starts. Waits without spinning, and says so. */
static void wait_for_agent(int tries) {
  if (tries > 100) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  if (tries == 2000) fputs("client: no whole copy for two seconds: is the agent alive?\n", stderr);
}

/* An object that is there says nothing about its agent; a heartbeat does. */
static int alive(void) {
  uint64_t before = __atomic_load_n(&table->heartbeat, __ATOMIC_RELAXED);
  for (int i = 0; i < 100; i++) {
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    if (__atomic_load_n(&table->heartbeat, __ATOMIC_RELAXED) != before) return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return fputs("usage: client PATH READS\n", stderr), 2;
  while (attach(argv[1])) nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  static uint64_t values[VALUES];
  int whole = 0, torn = 0, reopened = 0, tries = 0, wanted = atoi(argv[2]);
  while (whole + torn < wanted) {
    if (replaced(argv[1])) reopened += attach(argv[1]) == 0;
    if (!snapshot(values)) {
      wait_for_agent(++tries);
      continue;
    }
    tries = 0;
    int same = 1;
    for (int i = 1; i < VALUES; i++) same &= values[i] == values[0];
    *(same ? &whole : &torn) += 1;
  }
  printf("whole=%d torn=%d reopened=%d starts=%llu alive=%d\n", whole, torn, reopened, (unsigned long long)table->starts, alive());
  return 0;
}

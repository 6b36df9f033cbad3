/* ipcrm -m ID, for busyboxes that were built without it (Debian's). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>

int main(int argc, char **argv) {
  if (argc != 3 || strcmp(argv[1], "-m")) return fputs("usage: ipcrm -m ID\n", stderr), 2;
  if (shmctl(atoi(argv[2]), IPC_RMID, NULL)) return perror("ipcrm"), 1;
  return 0;
}

#define _GNU_SOURCE
#include "descriptor.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int address_of(const char *path, struct sockaddr_un *address) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address->sun_path) { errno = ENAMETOOLONG; return -1; }
  strcpy(address->sun_path, path);
  return 0;
}

/* A socket outlives its agent: the next one takes its name over. To connect takes write access, so the group needs it. */
const char *listen_at(const char *path, int *listener) {
  struct sockaddr_un address;
  if (address_of(path, &address)) return "bind";
  *listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (*listener < 0) return "socket";
  if (unlink(path) && errno != ENOENT) return "unlink";
  mode_t before = umask(007);
  int failed = bind(*listener, (struct sockaddr *)&address, sizeof address);
  umask(before);
  if (failed) return "bind";
  return listen(*listener, 16) ? "listen" : NULL;
}

void pass_to_all(int listener, int fd) {
  for (int peer; (peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0; close(peer)) {
    union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof fd)]; } control = {0};
    char byte = 0;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS, header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    sendmsg(peer, &message, MSG_NOSIGNAL);
  }
}

const char *receive_from(const char *path, int *fd) {
  struct sockaddr_un address;
  if (address_of(path, &address)) return "connect";
  int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (peer < 0) return "socket";
  if (connect(peer, (struct sockaddr *)&address, sizeof address)) return "connect";
  union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof *fd)]; } control = {0};
  char byte;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(peer, &message, MSG_CMSG_CLOEXEC);
  struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (!header || header->cmsg_type != SCM_RIGHTS) { if (n >= 0) errno = ENODATA; return "recvmsg"; }
  memcpy(fd, CMSG_DATA(header), sizeof *fd);
  close(peer);
  return NULL;
}

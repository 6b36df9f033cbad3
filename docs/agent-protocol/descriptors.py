"""Memory without a name, passed over a socket: descriptors.py agent|client SOCKET."""
import fcntl
import mmap
import os
import socket
import sys

# Of linux/fcntl.h; Python has names for the first three alone.
F_ADD_SEALS, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE = 1033, 1, 2, 4, 16
SIZE = 4096


def agent(path: str) -> None:
    fd = os.memfd_create("routes", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, SIZE)
    memory = mmap.mmap(fd, SIZE)  # before the seal: this mapping may go on writing
    fcntl.fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)
    memory[:5] = b"hello"
    os.umask(0o007)  # to connect takes write access to the socket, which 022 takes away from the group
    if os.path.exists(path):
        os.unlink(path)  # a socket outlives its agent
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        while True:
            peer, _ = server.accept()
            with peer:
                socket.send_fds(peer, [b"1"], [fd])


def client(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(path)
        _, fds, _, _ = socket.recv_fds(peer, 1, 1)
    memory = mmap.mmap(fds[0], SIZE, prot=mmap.PROT_READ)
    try:
        mmap.mmap(fds[0], SIZE)
        writes = "ok"
    except PermissionError:
        writes = "EPERM"  # the seal, whatever the client's YAML says
    print(f"read={memory[:5].decode()} writes={writes}")


if __name__ == "__main__":
    {"agent": agent, "client": client}[sys.argv[1]](sys.argv[2])

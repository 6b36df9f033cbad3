"""A client of agent.py: client.py DIRECTORY READS. Prints how many reads were whole, how often the object was replaced, and whether the agent lives."""
import mmap
import os
import struct
import sys
import time

VALUES = 1024


class Snapshot:
    """The object that was there last. What is mapped stays valid when the agent replaces it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.open()

    def open(self) -> None:
        while True:
            try:
                fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)  # no O_CREAT: the mount is read-only
                break
            except FileNotFoundError:
                time.sleep(0.01)  # the directory is there before the agent has written
        status = os.fstat(fd)
        self.id = (status.st_dev, status.st_ino)
        self.memory = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
        os.close(fd)

    def replaced(self) -> bool:
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return False  # gone, and nothing in its place yet
        return (status.st_dev, status.st_ino) != self.id


def alive(directory: str, seconds: float = 1.0) -> bool:
    """Whether the agent has beaten in the last second: an object that is there says nothing about its agent."""
    return time.time() - os.stat(os.path.join(directory, "heartbeat")).st_mtime < seconds


def main() -> None:
    directory, wanted = sys.argv[1], int(sys.argv[2])
    snapshot = Snapshot(os.path.join(directory, "snapshot"))
    whole = torn = replaced = 0
    for _ in range(wanted):
        if snapshot.replaced():
            snapshot.open()
            replaced += 1
        _, *values = struct.unpack_from(f"8s{VALUES}Q", snapshot.memory)
        if len(set(values)) == 1:
            whole += 1
        else:
            torn += 1
    print(f"whole={whole} torn={torn} replaced={replaced} alive={int(alive(directory))}")


if __name__ == "__main__":
    main()

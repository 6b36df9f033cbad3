"""An agent that publishes whole snapshots: agent.py DIRECTORY. Each one is a new file, renamed over the last: readers need no lock and no sequence."""
import os
import struct
import sys
import time

VALUES = 1024


def publish(directory: str, value: int) -> None:
    new = os.path.join(directory, ".snapshot.new")
    try:
        os.unlink(new)  # of an agent that was killed here
    except FileNotFoundError:
        pass
    content = struct.pack(f"8s{VALUES}Q", b"routes/2", *[value] * VALUES)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o660)
    try:
        os.posix_fallocate(fd, 0, len(content))  # ENOSPC now, before anybody maps it
        os.write(fd, content)
    finally:
        os.close(fd)
    os.rename(new, os.path.join(directory, "snapshot"))


def beat(directory: str) -> None:
    path = os.path.join(directory, "heartbeat")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640))
    os.utime(path)  # its mtime is the heartbeat


def main() -> None:
    os.umask(0o007)  # the default, 022, takes group writing away
    directory, value = sys.argv[1], 0
    while True:
        value += 1
        publish(directory, value)
        beat(directory)
        time.sleep(0.002)


if __name__ == "__main__":
    main()

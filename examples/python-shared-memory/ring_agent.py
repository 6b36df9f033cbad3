# Serves memory of multiprocessing.shared_memory, into which clients write.
import os
import time
from multiprocessing import resource_tracker, shared_memory
import numpy as np

N = 1024
try:
    shm = shared_memory.SharedMemory(name="ring", create=True, size=N * 8)
except FileExistsError:
    shm = shared_memory.SharedMemory(name="ring")  # of an earlier agent
# Before Python 3.13, every process that opens the memory removes it when it ends. From 3.13: track=False
resource_tracker.unregister(shm._name, "shared_memory")
os.chmod("/dev/shm/ring", 0o660)  # Python makes it 0600, whatever the umask
slots = np.ndarray((N,), dtype=np.int64, buffer=shm.buf)
while True:
    print(f"slots: {slots[:4].tolist()}", flush=True)
    time.sleep(1)

# Writes into its slot.
import os
import time
from multiprocessing import resource_tracker, shared_memory
import numpy as np

shm = shared_memory.SharedMemory(name="ring")
# Before Python 3.13, every process that opens the memory removes it when it ends. From 3.13: track=False
resource_tracker.unregister(shm._name, "shared_memory")
slots = np.ndarray((shm.size // 8,), dtype=np.int64, buffer=shm.buf)
slot = int(os.environ["SLOT"])
while True:
    slots[slot] += 1
    time.sleep(1)

# Serves a table of numbers as a file, which other pods map.
import os
import time
import numpy as np

N = 1_000_000
table = np.memmap("/run/table/new.bin", dtype=np.int64, mode="w+", shape=(N,))
os.posix_fallocate(os.open("/run/table/new.bin", os.O_RDWR), 0, N * 8)  # the agent pays for all of it
os.rename("/run/table/new.bin", "/run/table/table.bin")  # whole, or not there
count = 0
while True:
    count += 1
    table[:] = count
    time.sleep(1)

# Maps the table, and reads it without a copy. A new agent makes another file, which has to be mapped anew.
import os
import time
import numpy as np

PATH = "/run/table/table.bin"
mapped = None
while True:
    there = os.stat(PATH).st_ino
    if there != mapped:
        table = np.memmap(PATH, dtype=np.int64, mode="r")
        mapped = there
    print(f"{len(table)} numbers, the last is {table[-1]}", flush=True)
    time.sleep(1)

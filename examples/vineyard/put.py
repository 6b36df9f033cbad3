# Puts arrays into the store, each under the same name.
import time
import numpy as np
import vineyard

client = vineyard.connect("/run/vineyard/v.sock")
client.clear()  # what an earlier one has left
count = 0
old = []
while True:
    count += 1
    array = client.put(np.full(1_000_000, count, dtype=np.int64))
    client.persist(array)
    client.put_name(array, "table")
    print(f"put {count}", flush=True)
    old.append(array)
    if len(old) > 3:  # a reader may still look at the one before
        client.delete([old.pop(0)], force=True, deep=True)
    time.sleep(2)

# Two workers make batches of 48 MiB, and hand them to the trainer through /dev/shm.
import os
import time
import torch
from torch.utils.data import DataLoader, Dataset


class Images(Dataset):
    def __len__(self):
        return 128

    def __getitem__(self, index):
        return torch.full((3, 512, 512), float(index))  # 3 MiB


if __name__ == "__main__":
    most, total = 0, 0.0
    for batch in DataLoader(Images(), batch_size=16, num_workers=2, prefetch_factor=2):
        shm = os.statvfs("/dev/shm")
        most = max(most, (shm.f_blocks - shm.f_bfree) * shm.f_frsize)
        total += float(batch.mean())
        time.sleep(0.2)  # the training
    print(f"done: sum of means {total}, at most {most // 2**20} MiB in /dev/shm", flush=True)

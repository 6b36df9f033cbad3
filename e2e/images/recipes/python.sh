# Python with NumPy, and POSIX semaphores.
apt-get install -y -qq --no-install-recommends python3 python3-numpy python3-posix-ipc

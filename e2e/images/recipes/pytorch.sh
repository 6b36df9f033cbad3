# PyTorch for the CPU.
apt-get install -y -qq --no-install-recommends python3-torch python3-numpy

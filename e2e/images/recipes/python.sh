# Python with NumPy.
apt-get install -y -qq --no-install-recommends python3 python3-numpy

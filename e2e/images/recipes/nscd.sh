# glibc's name service cache daemon.
apt-get install -y -qq --no-install-recommends nscd

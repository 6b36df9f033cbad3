# vineyard: its server, and its client for Python.
apt-get install -y -qq --no-install-recommends python3 python3-pip
pip install --break-system-packages --no-cache-dir --quiet vineyard==0.24.2 vineyard-bdist==0.24.2 'numpy<2' 'pandas<2.3' 'pyarrow<18' setuptools
server=$(find /usr/local/lib/python3* -path '*/vineyard/bdist/vineyardd')
chmod 0755 "$server"
ln -s "$server" /usr/local/bin/vineyardd

# iceoryx2 and its binding for Python.
apt-get install -y -qq --no-install-recommends python3 python3-pip
pip install --break-system-packages --no-cache-dir --quiet iceoryx2==0.10.0 flatbuffers

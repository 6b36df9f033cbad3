# Varnish, with the C compiler that it needs for its configuration.
apt-get install -y -qq --no-install-recommends varnish curl

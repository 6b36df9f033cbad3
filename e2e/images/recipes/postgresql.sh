# PostgreSQL, with the user and the entrypoint as the official image has them.
#: entrypoint ["docker-entrypoint.sh","postgres"]
groupadd --gid 999 postgres
useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql --shell /bin/bash postgres
apt-get install -y -qq --no-install-recommends postgresql-15
rm -rf /var/lib/postgresql/15 /etc/postgresql/15
ln -s /usr/lib/postgresql/15/bin/* /usr/local/bin/ 2>/dev/null || :
install -m 0755 /recipe/docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh

#!/bin/sh
# Makes the database of a first start, as the entrypoint of the official image does: in PGDATA, with POSTGRES_PASSWORD for the superuser.
set -eu
mkdir -p "$PGDATA"
chmod 0700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # a pipe, because there may be no place for a temporary file
  printf '%s\n' "${POSTGRES_PASSWORD:?}" | initdb --username=postgres --pwfile=/dev/stdin --auth-host=scram-sha-256 --auth-local=trust
  printf "\nlisten_addresses = '*'\n" >> "$PGDATA/postgresql.conf"
  printf '\nhost all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
fi
exec "$@"

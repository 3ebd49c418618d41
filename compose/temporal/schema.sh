#!/bin/sh
# Temporal's databases and their tables; what is there already is left, or brought to this version.
set -eu
SQL_PASSWORD=$(cat /run/secrets/postgres/password)
export SQL_PASSWORD
for part in temporal:temporal temporal_visibility:visibility; do
  tool="temporal-sql-tool --plugin postgres12 --endpoint postgres --port 5432 --user temporal --database ${part%%:*}"
  $tool create-database
  $tool setup-schema --version 0.0
  $tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/${part##*:}/versioned"
done

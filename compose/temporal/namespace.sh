#!/bin/sh
# The namespace with closed workflows kept for thirty days, and what runs are found by (src/main/search-attributes.ts).
set -eu
temporal operator namespace describe --namespace default > /dev/null 2>&1 || temporal operator namespace create --namespace default --retention 30d
temporal operator namespace update --namespace default --retention 30d
for attribute in Property=Keyword Week=Keyword Day=Keyword Stage=Keyword ModelVersion=Keyword RunKind=Keyword Rows=Int; do
  name=${attribute%%=*}
  temporal operator search-attribute list --namespace default | grep -qw "$name" || temporal operator search-attribute create --namespace default --name "$name" --type "${attribute##*=}"
done

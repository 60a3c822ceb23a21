#!/usr/bin/env bash
# Starts OpenSearch with the Secret's files as the variables that its security configuration names. A plain sh would lose the
# variables whose names hold a dot, which are settings.
set -euo pipefail
umask 077

secret() { # secret NAME
  [ -s "$SECRETS_DIR/$1" ] || { echo "opensearch-start: $1 is empty" >&2; exit 1; }
  cat "$SECRETS_DIR/$1"
}

OPENSEARCH_PASSWORD=$(secret OPENSEARCH_PASSWORD)
GENAI_OPENSEARCH_JWT_KEY=$(secret OPENSEARCH_JWT_SECRET | base64 | tr -d '\n')
export OPENSEARCH_PASSWORD GENAI_OPENSEARCH_JWT_KEY
exec ./opensearch-docker-entrypoint.sh opensearch

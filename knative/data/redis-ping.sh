#!/bin/sh
# Succeeds when Redis answers; with a number of seconds, when it answers within these. To be refused for want of a password
# is an answer as well, unless there is one.
#
#   REDIS_HOST, REDIS_TLS, REDIS_CA_FILE   as for redis-backup.sh
#   REDIS_PASSWORD_FILE                    the password of the user backup
set -eu

answers() {
  set -- -h "${REDIS_HOST:-127.0.0.1}"
  if [ "${REDIS_TLS:-false}" = true ]; then set -- "$@" --tls --cacert "$REDIS_CA_FILE"; fi
  if [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
    REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE") timeout 3 redis-cli "$@" --user backup ping 2>&1 | grep -q PONG
  else
    timeout 3 redis-cli "$@" ping 2>&1 | grep -qE 'PONG|NOAUTH'
  fi
}

remaining=${1:-0}
until answers; do
  [ "$remaining" -gt 0 ] || exit 1
  remaining=$((remaining - 2))
  sleep 2
done

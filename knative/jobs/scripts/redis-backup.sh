#!/bin/sh
# Backs one Redis or Valkey server up into a checked RDB file; of a cluster, each primary by a call of its own.
#
#   REDIS_HOST, REDIS_PORT     the server (127.0.0.1, 6379)
#   REDIS_USERNAME             its ACL user, where it has one: +ping +info +lastsave +bgsave +replconf +psync +sync, and to tell
#                              the platform of it ~genai:{_platform}:backup:* +hset
#   REDISCLI_AUTH              its password, or
#   REDIS_PASSWORD_FILE        the file that holds it
#   REDIS_TLS, REDIS_CA_FILE   true for TLS; the authority's certificate
#   BACKUP_DIR                 where the files go (.)
#   BACKUP_NAME                names the server in the files' names (REDIS_HOST-REDIS_PORT)
#   BACKUP_KEEP                how many of the server's files to keep (7)
#   BACKUP_TIMEOUT_SECONDS     what the server's own save may take (600)
set -eu
umask 077

fail() {
  echo "redis-backup: $*" >&2
  exit 1
}

host=${REDIS_HOST:-127.0.0.1}
port=${REDIS_PORT:-6379}
directory=${BACKUP_DIR:-.}
name=${BACKUP_NAME:-$host-$port}
keep=${BACKUP_KEEP:-7}
timeout=${BACKUP_TIMEOUT_SECONDS:-600}

case $name in *[!A-Za-z0-9._-]*) fail "BACKUP_NAME may hold letters, digits, dots, _ and - only" ;; esac
case $keep in '' | *[!0-9]* | 0*) fail "BACKUP_KEEP must be a number from 1" ;; esac
case $timeout in '' | *[!0-9]*) fail "BACKUP_TIMEOUT_SECONDS must be a number" ;; esac

# A password in an argument could be read in the list of processes.
if [ -n "${REDIS_PASSWORD_FILE:-}" ]; then REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE"); fi
if [ -n "${REDISCLI_AUTH:-}" ]; then export REDISCLI_AUTH; else unset REDISCLI_AUTH; fi

tls=
if [ "${REDIS_TLS:-false}" = true ]; then tls=true; fi

cli() {
  redis-cli -h "$host" -p "$port" ${REDIS_USERNAME:+--user "$REDIS_USERNAME"} \
    ${tls:+--tls} ${REDIS_CA_FILE:+--cacert "$REDIS_CA_FILE"} "$@"
}

last_save() {
  answer=$(cli LASTSAVE 2>&1) || fail "the server does not answer: $answer"
  case $answer in '' | *[!0-9]*) fail "the server does not tell its last save: $answer" ;; esac
  echo "$answer"
}

persistence() { # persistence FIELD
  cli INFO persistence | tr -d '\r' | sed -n "s/^$1://p"
}

mkdir -p "$directory"

# LASTSAVE counts seconds: within one second the next save could not be told from the one before.
before=$(last_save)
sleep 1
answer=$(cli BGSAVE SCHEDULE 2>&1) || fail "the server does not answer: $answer"
case $answer in
  *'aving started'* | *'aving scheduled'* | *'already in progress'*) ;;
  *) fail "the server does not save: $answer" ;;
esac

waited=0
while :; do
  latest=$(last_save)
  running=$(persistence rdb_bgsave_in_progress)
  status=$(persistence rdb_last_bgsave_status)
  if [ "$latest" -gt "$before" ] && [ "$status" = ok ]; then break; fi
  if [ "$running" = 0 ] && [ "$status" != ok ]; then fail "the server's save failed: see its log"; fi
  [ "$waited" -lt "$timeout" ] || fail "the server's save was not done after $timeout s"
  waited=$((waited + 1))
  sleep 1
done

file=$directory/redis-$name-$(date -u +%Y%m%dT%H%M%SZ).rdb
part=$file.part
trap 'rm -f "$part"' EXIT
trap 'exit 1' HUP INT TERM
cli --rdb "$part" >&2 || fail "the file could not be fetched"
redis-check-rdb "$part" >&2 || fail "the file that was fetched is damaged"
mv "$part" "$file"
echo "$file"

# The record that functions make a metric of. Where it can't be written, the alert on the backups' age will tell.
now=$(date +%s)
answer=$(cli -c HSET 'genai:{_platform}:backup:state' value "$now" version "$now" 2>&1) || answer="no answer: $answer"
case $answer in *[!0-9]*) echo "redis-backup: the backup's time was not recorded: $answer" >&2 ;; esac

day='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]'
time='[0-9][0-9][0-9][0-9][0-9][0-9]'
find "$directory" -maxdepth 1 -type f -name "redis-$name-${day}T${time}Z.rdb" | sort -r | tail -n "+$((keep + 1))" |
  while IFS= read -r old; do rm -f "$old"; done

#!/bin/sh
# Shows that the newest backup of a Redis or Valkey server can be restored: restores it beside, starts a server on it
# that no network reaches, and reads every key's type. Needs nothing but BACKUP_DIR to read and TMPDIR to write.
#
#   BACKUP_DIR                 where the files are (.)
#   BACKUP_NAME                as redis-backup.sh has it (127.0.0.1-6379)
#   BACKUP_MAX_AGE_SECONDS     how old the newest file may be (93600, 26 hours)
#   MIN_KEYS                   how many keys it must hold (1)
#   VERIFY_TIMEOUT_SECONDS     what loading and reading may take, each (600)
set -eu
umask 077

fail() {
  echo "redis-verify-backup: $*" >&2
  exit 1
}

require_number() { # require_number NAME VALUE
  case $2 in '' | *[!0-9]*) fail "$1 must be a number" ;; esac
}

directory=${BACKUP_DIR:-.}
name=${BACKUP_NAME:-127.0.0.1-6379}
max_age=${BACKUP_MAX_AGE_SECONDS:-93600}
min_keys=${MIN_KEYS:-1}
timeout=${VERIFY_TIMEOUT_SECONDS:-600}

case $name in *[!A-Za-z0-9._-]*) fail "BACKUP_NAME may hold letters, digits, dots, _ and - only" ;; esac
require_number BACKUP_MAX_AGE_SECONDS "$max_age"
require_number MIN_KEYS "$min_keys"
require_number VERIFY_TIMEOUT_SECONDS "$timeout"
[ -d "$directory" ] || fail "there is no directory $directory"

day='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]'
time='[0-9][0-9][0-9][0-9][0-9][0-9]'
file=$(find "$directory" -maxdepth 1 -type f -name "redis-$name-${day}T${time}Z.rdb" | sort | tail -n 1)
[ -n "$file" ] || fail "$directory holds no backup of $name"

# Of the name, which a copy to another place keeps; `date` alone can't read it everywhere.
stamp=${file%Z.rdb}
stamp=${stamp##*-}
to_seconds() { # to_seconds YYYYMMDDTHHMMSS
  echo "$1" | awk '{
    year = substr($0, 1, 4); month = substr($0, 5, 2) + 0; day = substr($0, 7, 2)
    if (month <= 2) { year -= 1; month += 12 }
    days = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * (month - 3) + 2) / 5) + day - 719469
    printf "%.0f\n", days * 86400 + substr($0, 10, 2) * 3600 + substr($0, 12, 2) * 60 + substr($0, 14, 2)
  }'
}
age=$(($(date -u +%s) - $(to_seconds "$stamp")))
[ "$age" -le "$max_age" ] || fail "$file is $age s old, at most $max_age s are allowed"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/redis-verify.XXXXXX")
scratch=$(cd "$scratch" && pwd)
server=
clean_up() {
  if [ -n "$server" ]; then
    kill -9 "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

data=$scratch/data
mkdir "$data"
sh "$(dirname "$0")/redis-restore.sh" "$file" "$data" >&2 || fail "$file can't be restored"

# A socket's path may hold some hundred bytes only: it is named from here, whatever TMPDIR is.
cd "$data"
redis-server --port 0 --unixsocket s --unixsocketperm 700 --dir . --appendonly yes --save '' --loglevel warning \
  >"$scratch/log" 2>&1 &
server=$!

cli() {
  redis-cli -s s "$@" 2>&1
}

refuse() {
  cat "$scratch/log" >&2
  fail "$@"
}

deadline=$(($(date +%s) + timeout))
until [ "$(cli PING)" = PONG ]; do
  kill -0 "$server" 2>/dev/null || refuse "no server starts on $file"
  [ "$(date +%s)" -lt "$deadline" ] || refuse "$file was not loaded after $timeout s"
  sleep 1
done

number_of_keys() {
  size=$(cli DBSIZE)
  case $size in '' | *[!0-9]*) refuse "the server does not tell how many keys there are: $size" ;; esac
  echo "$size"
}

keys=$(number_of_keys)
[ "$keys" -ge "$min_keys" ] || fail "$file holds $keys keys, at least $min_keys are expected"

# A key that expires meanwhile is gone for both counts.
page="local page = redis.call('SCAN', ARGV[1], 'COUNT', 5000)
local read = 0
for _, key in ipairs(page[2]) do
  if redis.call('TYPE', key)['ok'] ~= 'none' then read = read + 1 end
end
return page[1] .. ' ' .. read"
deadline=$(($(date +%s) + timeout))
read=0
cursor=0
while :; do
  answer=$(cli EVAL "$page" 0 "$cursor")
  case $answer in '' | *[!0-9\ ]* | *\ *\ *) refuse "the keys of $file can't be read: $answer" ;; esac
  cursor=${answer% *}
  read=$((read + ${answer#* }))
  [ "$cursor" != 0 ] || break
  [ "$(date +%s)" -lt "$deadline" ] || fail "the keys of $file were not read after $timeout s"
done
left=$(number_of_keys)
[ "$read" -ge "$left" ] || fail "$file holds $left keys, of which $read can be read"

echo "verified $file: $keys keys"

#!/bin/sh
# Puts an RDB file into the data directory of a stopped Redis 7, Valkey 7.2 or newer, so that a server with
# `appendonly yes` loads it: as the base of a new append-only file.
#
#   redis-restore.sh [--force] BACKUP.rdb DATA_DIR
#
#   --force                    put data that is there aside, into DATA_DIR/replaced-<time>
#   REDIS_APPENDDIRNAME        as the server's configuration has it (appendonlydir)
#   REDIS_APPENDFILENAME       likewise (appendonly.aof)
#   REDIS_DBFILENAME           likewise (dump.rdb)
set -eu
umask 077

fail() {
  echo "redis-restore: $*" >&2
  exit 1
}

force=false
if [ "${1:-}" = --force ]; then
  force=true
  shift
fi
[ $# -eq 2 ] || fail "usage: redis-restore.sh [--force] BACKUP.rdb DATA_DIR"
backup=$1
directory=$2
append=${REDIS_APPENDDIRNAME:-appendonlydir}
aof=${REDIS_APPENDFILENAME:-appendonly.aof}
dump=${REDIS_DBFILENAME:-dump.rdb}

[ -f "$backup" ] || fail "there is no file $backup"
[ -d "$directory" ] || fail "there is no directory $directory"
redis-check-rdb "$backup" >&2 || fail "$backup is damaged: nothing was changed"

# Complete before anything is moved: a full disk must not cost the data that is there.
new=$directory/$append.new
rm -rf "$new"
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$new"
cp "$backup" "$new/$aof.1.base.rdb"
cmp -s "$backup" "$new/$aof.1.base.rdb" || fail "the copy differs from $backup"
echo "file $aof.1.base.rdb seq 1 type b" >"$new/$aof.manifest"
sync

aside=$directory/replaced-$(date -u +%Y%m%dT%H%M%SZ)
for old in "$append" "$dump" "$aof"; do
  [ -e "$directory/$old" ] || continue
  [ "$force" = true ] || fail "$directory holds $old: stop the server and give --force to replace it"
  mkdir -p "$aside"
  mv "$directory/$old" "$aside/"
done
mv "$new" "$directory/$append"
sync
if [ -d "$aside" ]; then echo "redis-restore: what was there is in $aside" >&2; fi
echo "$directory/$append"

#!/bin/sh
# Writes Redis' users from the Secret's files. Nothing may be done without a password, and none is kept in plain text.
set -eu
umask 077

hash() { # hash FILE
  [ -s "$1" ] || { echo "redis-users: $1 is empty" >&2; exit 1; }
  printf %s "$(cat "$1")" | sha256sum | cut -d ' ' -f 1
}

functions=$(hash "$SECRETS_DIR/DB_PASSWORD")
backup=$(hash "$SECRETS_DIR/REDIS_BACKUP_PASSWORD")
cat >"$1" <<END
user default reset
user genai on #$functions resetchannels ~genai:* -@all +@read +@write +@connection +@transaction -@dangerous +eval +evalsha +script|load +time
user backup on #$backup resetchannels -@all +ping +info +lastsave +bgsave +replconf +psync +sync +dbsize
END

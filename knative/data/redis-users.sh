#!/bin/sh
# Writes Redis' users from the Secret's files, with hashes of their passwords.
set -eu
umask 077

hash() { # hash FILE
  [ -s "$1" ] || { echo "redis-users: $1 is empty" >&2; exit 1; }
  printf %s "$(cat "$1")" | sha256sum | cut -d ' ' -f 1
}

functions=$(hash "$SECRETS_DIR/DB_PASSWORD")
backup=$(hash "$SECRETS_DIR/REDIS_BACKUP_PASSWORD")
# Nobody can be the default user, but the server itself is, when it reads its append-only file: without rights it would drop what
# scripts have written.
cat >"$1" <<END
user default off resetpass ~* &* +@all
user genai on #$functions resetchannels ~genai:* -@all +@read +@write +@connection +@transaction -@dangerous +eval +evalsha +script|load +time +info
user backup on #$backup resetchannels ~genai:{_platform}:backup:* -@all +hset +ping +info +lastsave +bgsave +replconf +psync +sync +dbsize
END

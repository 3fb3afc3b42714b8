#!/bin/sh
# spool.sh DIRECTORY: puts a payment into a directory, from which another program takes
# it. Its file has the idempotency key for a name, so that it is there once however often
# this runs.
set -eu

file=$1/$PAYHOOK_IDEMPOTENCY_KEY.json
if [ -e "$file" ]; then
    exit 0
fi

case $PAYHOOK_CURRENCY in
    INR | EUR) ;;
    *)
        # No other attempt will succeed.
        echo "nobody takes $PAYHOOK_CURRENCY"
        exit 65
        ;;
esac

# Whole and on disk before it has its name. Whatever fails here has another attempt.
new=$(mktemp "$1/.new.XXXXXX")
trap 'rm -f "$new"' EXIT
cat >"$new"
chmod 640 "$new" # for the group that the directory gives it, with mode 2770
sync "$new"
mv "$new" "$file"
sync "$1"

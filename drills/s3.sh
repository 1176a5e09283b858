#!/usr/bin/env bash
# Uploads in a real S3 server: starts one on loopback (s3s-fs, which checks every signature), runs the story, ends it.
# A server of one's own is asked where STOA_TEST_S3 names one (key stoa-test, secret stoa-test-secret, bucket "stoa").
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${STOA_TEST_S3:-}" ]; then
  tools="${CARGO_TARGET_DIR:-target}/drills"
  [ -x "$tools/bin/s3s-fs" ] ||
    cargo install --quiet --debug --locked s3s-fs --version 0.13.0-alpha.3 --features binary --root "$tools" --target-dir "$tools/build"
  place="$(mktemp -d)"
  server=
  trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$place"' EXIT
  mkdir "$place/stoa"
  for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 20000))
    "$tools/bin/s3s-fs" --access-key stoa-test --secret-key stoa-test-secret --host 127.0.0.1 --port "$port" "$place" >"$place/log" 2>&1 &
    server=$!
    sleep 1
    kill -0 "$server" 2>/dev/null && break
  done
  export STOA_TEST_S3="http://127.0.0.1:$port"
fi
echo "S3 server: $STOA_TEST_S3"
cargo test --locked -p stoa --test main uploads_live_in_an_s3_store -- --nocapture

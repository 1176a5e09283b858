#!/usr/bin/env bash
# Uploads in a real S3 server: starts one on loopback (s3rver, which checks every signature), runs the story, ends it.
# An own server is asked where STOA_TEST_S3 names one (key and secret S3RVER, bucket "stoa").
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${STOA_TEST_S3:-}" ]; then
  place="$(mktemp -d)"
  server=
  trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$place"' EXIT
  npm install --silent --no-fund --no-audit --prefix "$place/npm" s3rver@3.7.1 >/dev/null
  cat > "$place/serve.cjs" <<'JS'
const S3rver = require('s3rver');
const server = new S3rver({
  address: '127.0.0.1', port: 0, silent: true, directory: process.argv[2],
  allowMismatchedSignatures: false, configureBuckets: [{ name: 'stoa', configs: [] }],
});
server.run((error, at) => {
  if (error) throw error;
  console.log(`http://127.0.0.1:${at.port}`);
});
JS
  mkdir "$place/files"
  NODE_PATH="$place/npm/node_modules" node --no-deprecation "$place/serve.cjs" "$place/files" > "$place/address" &
  server=$!
  for _ in $(seq 100); do [ -s "$place/address" ] && break; sleep 0.1; done
  STOA_TEST_S3="$(head -n 1 "$place/address")"
  export STOA_TEST_S3
fi
echo "S3 server: $STOA_TEST_S3"
cargo test --locked -p stoa --test main uploads_live_in_an_s3_store -- --nocapture

#!/usr/bin/env bash
# The MediaWiki extension and the gadget in a real MediaWiki. Installs what is missing: PHP and Chromium with apt
# (as root), MediaWiki from Debian's package into a cache, and the tests' one tool from npm. The program is the debug build, which
# is made if it is not there, or the one that STOA_BIN names.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${STOA_BIN:-}" ]; then
  cargo build --locked --quiet -p stoa
  STOA_BIN=$(realpath "${CARGO_TARGET_DIR:-target}/debug/stoa")
fi
export STOA_BIN
cd tests/wiki

if ! command -v chromium >/dev/null && [ -z "${CHROMIUM:-}" ]; then
  [ "$(id -u)" = 0 ] || { echo "please install: chromium" >&2; exit 1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi
./mediawiki.sh fetch
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent
npm test --silent

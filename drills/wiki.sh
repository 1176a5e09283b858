#!/usr/bin/env bash
# The MediaWiki extension and the gadget in a real MediaWiki. Installs what is missing: PHP with apt (as root), MediaWiki
# from Debian's package into a cache, and the tests' one tool from npm.
set -euo pipefail
cd "$(dirname "$0")/../tests/wiki"

./mediawiki.sh fetch
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent
npm test --silent

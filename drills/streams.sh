#!/bin/sh
# Opens 10,000 live streams (or as many as the first argument says) on one topic, posts one reply, and prints how many
# streams heard of it, how soon, and what a stream costs in memory; then drops them all and lets all come back at once.
# Two minutes; the second argument says for how many seconds the streams are held before the reply (25). Ends by itself.
# STOA_BIN names the program, target/release/stoa when nothing is said.
set -eu
cd "$(dirname "$0")/.."
streams=${1:-10000}
# Both ends of each connection are on this machine, in two processes.
ulimit -n $((streams + 500)) 2>/dev/null || ulimit -n "$(ulimit -H -n)"
hold=${2:-25}
exec timeout $((hold + 400)) python3 drills/streams.py "$streams" "${STOA_BIN:-target/release/stoa}" "$hold"

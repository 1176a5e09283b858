#!/bin/sh
# Asks every address of the program as everybody, in every manner, more than 50,000 times, and looks for words that the
# viewer may not read in every header and body. Prints the number of answers and of leaks.
set -eu
cd "$(dirname "$0")/.."
STOA_MATRIX=full exec cargo test -p stoa --test main -- --exact matrix::nobody_reads_what_is_not_for_them --nocapture

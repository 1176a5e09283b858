#!/bin/sh
# Kills the program 200 times while eight people write, and counts what was acknowledged: 0 lost, 0 doubled.
# About ten minutes. Prints one line with the figures.
set -eu
cd "$(dirname "$0")/.."
exec cargo test -p stoa --test main -- --ignored --exact process::killed_two_hundred_times_it_loses_nothing --nocapture

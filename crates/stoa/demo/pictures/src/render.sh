#!/bin/sh
# Renders the drawings beside this script to the PNG files one folder up.
#   ./render.sh            all of them
#   ./render.sh owl bridge  only those named
# Needs Chromium (set CHROMIUM if it has another name) and ImageMagick.
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- $(ls *.svg | sed 's/\.svg$//')
raw=$(mktemp -d)
trap 'rm -rf "$raw"' EXIT
for name in "$@"; do
  size=1200,800 colors=256
  case $name in
    owl) size=800,800 ;;
    map-sketch) colors=32 ;; # many thin ink lines: fewer shades keep it small
  esac
  "${CHROMIUM:-chromium}" --headless=new --no-sandbox --disable-gpu --hide-scrollbars \
    --window-size=$size --screenshot="$raw/$name.png" "file://$PWD/$name.svg" >/dev/null 2>&1
  convert "$raw/$name.png" +dither -colors $colors -strip \
    -define png:compression-level=9 "png8:../$name.png"
done

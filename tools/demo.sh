#!/bin/sh
# Cover a clip into demo/ and print where the copy and its report are. Usage: BIN=.venv/bin demo.sh VIDEO
set -eu
video=$1
mkdir -p demo
if [ "$video" = demo/plaza.mp4 ] && [ ! -f "$video" ]; then
    echo "Drawing a clip to cover ..."
    "$BIN/python" tools/clip.py "$video"
fi
if [ ! -f "$video" ]; then
    echo "make: $video: no such file; name a recording or picture with VIDEO=..." >&2
    exit 2
fi
name=$(basename "$video")
copy=$("$BIN/python" -c 'import sys; from pathlib import Path; from passerby.jobs.redact_plan import default_target
print(default_target(Path(sys.argv[1]), Path("demo")))' "$name")
report=$copy.json
status=0
if [ -f "$copy" ] && [ -f "$report" ] && [ "$copy" -nt "$video" ] && [ -z "$(find src -name '*.py' -newer "$copy")" ]; then
    echo "Nothing has changed since the last run."
else
    "$BIN/passerby" redact "$video" -o "$copy" --report "$report" --force || status=$?
fi
case $status in
0 | 3) ;;
*) exit "$status" ;;
esac
stills=demo/side_by_side.png
echo "covered copy: $copy"
echo "its report:   $report"
if [ "$video" = demo/plaza.mp4 ]; then
    "$BIN/python" tools/side_by_side.py "$video" "$copy" "$stills"
    echo "side by side: $stills"
fi

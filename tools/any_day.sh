#!/usr/bin/env bash
# Run fast tests on other days and in other surroundings.
#
#   tools/any_day.sh BIN WORKERS [NAME ...]     BIN: programs of the virtual environment; NAME: days, all by default
#
# libfaketime shifts the clock of the tests and of the processes that they start; time that merely passes (the
# monotonic clock) stays real. Each test begins at the given moment, so that a change of day or of daylight saving
# happens while it runs. All of the surroundings are spread over the days, because a day takes minutes.
set -eu
cd "$(dirname "$0")/.."
bin=$1 workers=$2
shift 2

# All fast tests: media, networks over clips and the browser (which does not start under libfaketime) are marked slow.
# What computes with the calendar: windows, retention, recordings, times that are read or shown.
narrow="tests/store tests/signals tests/health tests/reports tests/outputs/recording tests/gateway/test_area.py
    tests/gateway/test_site_signals.py tests/cli/test_recordings.py tests/cli/test_signals.py"

faketime=$(ls /usr/lib/*/faketime/libfaketime.so.1 /usr/lib*/faketime/libfaketime.so.1 2>/dev/null | head -n 1)
if [ -z "$faketime" ]; then
    echo "test-any-day: libfaketime is not installed; install it: apt-get install faketime" >&2
    exit 1
fi

# A locale needs no root: it is compiled into a folder of its own. Without Debian's `locales` the C locale stands in.
export LOCPATH=$PWD/.venv/locales
locale_or_c() {
    mkdir -p "$LOCPATH"
    [ -d "$LOCPATH/$1" ] || localedef -i "${1%%.*}" -f "${1#*.}" "$LOCPATH/$1" 2>/dev/null || true
    if [ -d "$LOCPATH/$1" ]; then echo "$1"; else echo C; fi
}

# A network without IPv6 and another host name need the right to make namespaces; without it the test runs all the same.
elsewhere() {
    if unshare --net --uts true 2>/dev/null; then
        unshare --net --uts sh -c 'hostname a-machine.of-another-name && ip link set lo up &&
            echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"' sh "$@"
    else
        echo "test-any-day: namespaces are not permitted here: IPv6 and the host name stay as they are" >&2
        "$@"
    fi
}

# day MOMENT ZONE LOCALE UMASK PATHS COMMAND ...: runs the tests in PATHS ("": all fast tests); COMMAND runs pytest, if given.
day() {
    local moment=$1 zone=$2 mask=$4 paths=$5 marked locale
    locale=$(locale_or_c "$3")
    [ -n "$paths" ] && marked="" || marked="not slow"
    shift 5
    echo "== begins at $moment, TZ=$zone, LC_ALL=$locale, umask $mask ${*:+, $*}"
    # shellcheck disable=SC2086 # lists of words
    (
        umask "$mask"
        "$@" env ANY_DAY="$moment" TZ="$zone" LC_ALL="$locale" LANG="$locale" FAKETIME=+0 FAKETIME_NO_CACHE=1 \
            FAKETIME_DONT_FAKE_MONOTONIC=1 PYTHONPATH="$PWD/tools/any_day${PYTHONPATH:+:$PYTHONPATH}" \
            LD_PRELOAD="$faketime" "$bin/pytest" -p any_day -q -n "$workers" --dist worksteal -m "$marked" $paths
    )
}

[ $# -gt 0 ] || set -- three-years leap-day summer-ends summer-begins new-year
for name; do
    case $name in
    three-years) day 1096 Pacific/Kiritimati de_DE.UTF-8 077 "" ;;
    leap-day) day 2028-02-29T12:00:00+00:00 America/St_Johns C 000 "$narrow" elsewhere ;;
    summer-ends) day 2027-10-31T02:30:00+01:00 Europe/Berlin tr_TR.UTF-8 022 "$narrow" taskset -c 0 ;;
    summer-begins) day 2027-03-28T01:59:58+01:00 Europe/Berlin C.UTF-8 022 "$narrow" ;;
    new-year) day 2027-12-31T23:59:58+00:00 UTC C.UTF-8 022 "$narrow" ;;
    *) echo "test-any-day: no day is named $name" >&2; exit 2 ;;
    esac
done

#!/bin/sh
# Makes a base image of Debian's packages, where no registry of images can be reached; run it as root.
# Usage: base.sh IMAGE [PACKAGE...]     the mirror is Debian's own, or the one in $MIRROR
#   deploy/container/base.sh passerby-node nodejs npm
#   deploy/container/base.sh passerby-python
#   podman build --format docker -f deploy/container/Containerfile -t passerby \
#       --build-arg NODE_BASE=localhost/passerby-node --build-arg PYTHON_BASE=localhost/passerby-python .
set -eu
image=${1:?name of the image}
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv bookworm "$folder" ${MIRROR:+"$MIRROR"}
if [ $# -gt 0 ]; then # debootstrap itself cannot configure packages that need one another
    cp /etc/resolv.conf "$folder/etc/resolv.conf"
    chroot "$folder" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive chroot "$folder" apt-get install -qq -y --no-install-recommends "$@"
fi
rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/*
container=$(buildah from scratch)
buildah copy "$container" "$folder" / > /dev/null
buildah commit --rm "$container" "localhost/$image"

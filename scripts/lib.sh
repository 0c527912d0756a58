# lib.sh - what the scripts share; sourced, never run. It sets `top`, the root
# of the tree, and goes there.
# shellcheck shell=bash

set -euo pipefail
me=scripts/$(basename "$0")
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

# What a program is built from and runs with; what the tests need besides.
packages_run=(
	gcc libc6-dev cmake ninja-build pkg-config libevent-dev libssl-dev libhiredis-dev
	libcurl4-openssl-dev libxml2-dev libjansson-dev libconfuse-dev
	libsodium-dev librdkafka-dev libpcre2-dev libgmime-3.0-dev zlib1g-dev tzdata ca-certificates redis-server
	nodejs
)
packages_test=(
	clang clang-tidy clang-format libclang-rt-14-dev libcmocka-dev
	maven openjdk-17-jre-headless kcat spin node-ajv libxml2-utils
	dovecot-imapd patch
)

say() {
	printf '%s: %s\n' "$me" "$*"
}

die() {
	printf '%s: %s\n' "$me" "$*" >&2
	exit 1
}

# Seconds between two values of EPOCHREALTIME, with one decimal.
seconds_between() {
	local tenths=$(((${2//[!0-9]/} - ${1//[!0-9]/}) / 100000))
	printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# timed NAME COMMAND...: one line with the step's duration; what the command
# wrote is shown only if it failed, and then the script ends.
timed() {
	local name=$1 log start=$EPOCHREALTIME status
	shift
	log=$(mktemp)
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null
	status=$?
	set -e
	if [ "$status" != 0 ]; then
		cat "$log" >&2
		rm -f "$log"
		die "$name … failed (status $status) after $(seconds_between "$start" "$EPOCHREALTIME") s"
	fi
	rm -f "$log"
	say "$name … $(seconds_between "$start" "$EPOCHREALTIME") s"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "packages are missing: run this once as root, or install sudo"
	fi
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Services are not started by an installation: Tocsin starts what it needs
# itself, and touches no service that is there already.
apt_install() {
	local policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		# shellcheck disable=SC2064
		trap "as_root rm -f $policy" EXIT
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	as_root apt-get -q update
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		install --no-install-recommends "$@"
	if [ -d /run/systemd/system ] && [[ " $* " == *" redis-server "* ]]; then
		as_root systemctl --quiet disable redis-server
	fi
}

# need_packages NAME...: those that are missing are installed from apt.
need_packages() {
	local missing=() name
	for name in "$@"; do
		is_installed "$name" || missing+=("$name")
	done
	if [ ${#missing[@]} = 0 ]; then
		say "packages … nothing to install"
	else
		timed "packages (${#missing[@]} to install)" apt_install "${missing[@]}"
	fi
}

# What is fetched is kept outside the tree, so that every clone has it.
cache=${TOCSIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tocsin}

# kafka_jars VERSION: where its jars are kept. What changes in
# tests/kafka/pom.xml changes this name too.
kafka_jars() {
	printf '%s/kafka-%s' "$cache" "$1"
}

# The folder appears whole or not at all: what was fetched half is not used.
# No errexit here: its caller looks at the status.
fetch_kafka() {
	local version=$1 jars part status=0
	jars=$(kafka_jars "$version")
	mkdir -p "$(dirname "$jars")" && part=$(mktemp -d "$jars.XXXXXX") || return 1
	timeout 600 mvn --batch-mode --no-transfer-progress \
		--file tests/kafka/pom.xml dependency:copy-dependencies \
		-Dkafka.version="$version" \
		-DincludeScope=runtime -DoutputDirectory="$part" || status=$?
	if [ "$status" = 0 ] && chmod 755 "$part"; then
		# Another script may have been first.
		mv -T "$part" "$jars" 2>/dev/null || [ -d "$jars" ] || status=1
	fi
	rm -rf "$part"
	return "$status"
}

# have_kafka VERSION: its jars are there, fetched if they are missing.
have_kafka() {
	if [ -d "$(kafka_jars "$1")" ]; then
		say "kafka $1 … nothing to fetch"
	else
		(timed "kafka $1 (jars to fetch)" fetch_kafka "$1") || return 1
	fi
}

# need_kafka: the jars of Kafka are in the folder TOCSIN_KAFKA_JARS. When they
# cannot be had the variable is unset and the status is not 0: the caller
# decides what that means.
need_kafka() {
	unset TOCSIN_KAFKA_JARS
	have_kafka 4.1.0 || return 1
	TOCSIN_KAFKA_JARS=$(kafka_jars 4.1.0)
	export TOCSIN_KAFKA_JARS
	# It is only for speed: without it Kafka starts all the same.
	[ -e "$TOCSIN_KAFKA_JARS/kafkad.jsa" ] ||
		(timed "kafka (archive of classes)" tests/kafka/archive) || true
}

# need_scram_kafka: the same, in TOCSIN_SCRAM_KAFKA_JARS, of the last Kafka that
# takes SCRAM as Debian 12's librdkafka speaks it.
need_scram_kafka() {
	unset TOCSIN_SCRAM_KAFKA_JARS
	have_kafka 3.9.0 || return 1
	TOCSIN_SCRAM_KAFKA_JARS=$(kafka_jars 3.9.0)
	export TOCSIN_SCRAM_KAFKA_JARS
}

# The communes' package. CMake looks for the same folder.
communes=$cache/decoupage-administratif-6.0.0
communes_sum=c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a

# As fetch_kafka: whole or not at all, and no errexit here.
fetch_communes() {
	local part status=0
	mkdir -p "$cache" && part=$(mktemp -d "$communes.XXXXXX") || return 1
	unpack_communes "$part" || status=1
	if [ "$status" = 0 ]; then
		mv -T "$part" "$communes" 2>/dev/null || [ -d "$communes" ] || status=1
	fi
	rm -rf "$part"
	return "$status"
}

unpack_communes() {
	cd "$1" &&
		timeout 300 npm pack "@etalab/decoupage-administratif@6.0.0" &&
		printf '%s  %s\n' "$communes_sum" *.tgz | sha256sum --check &&
		tar -xzf ./*.tgz --strip-components=2 \
			package/data/communes.json package/data/epci.json &&
		tar -xzf ./*.tgz --strip-components=1 package/LICENSE &&
		rm ./*.tgz && chmod 755 . && cd "$top"
}

# need_communes: what the file of communes is made of is there. Without it
# Tocsin is built all the same: the caller decides what its status means. npm
# comes with some packages of node, and is a large package of Debian.
need_communes() {
	if [ -d "$communes" ]; then
		say "communes … nothing to fetch"
		return 0
	fi
	command -v npm >/dev/null || (need_packages npm) || return 1
	(timed "communes (to fetch)" fetch_communes) || return 1
}

# configure PRESET [OPTION...]: also when the communes came after the build was
# configured.
configure() {
	local preset=$1
	shift
	if [ ! -e "build/$preset/build.ninja" ] ||
		{ [ -d "$communes" ] && [ ! -e "build/$preset/share/tocsin/communes.txt" ]; }; then
		cmake --preset "$preset" "$@"
	fi
}

# build PRESET [TARGET...]
build() {
	local preset=$1
	shift
	configure "$preset"
	if [ $# = 0 ]; then
		cmake --build --preset "$preset"
	else
		cmake --build --preset "$preset" --target "$@"
	fi
}

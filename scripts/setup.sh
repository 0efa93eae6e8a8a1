#!/bin/sh
# Installs what CIIScan's build, tests and demo need on Debian 12, and only
# what is missing. It starts no service, now or when the machine starts again,
# and changes no configuration.
set -eu
go_wanted=1.26

# What must be there, and the Debian package that brings it.
needed='
git git
make make
ip iproute2
nft nftables
nmap nmap
nginx nginx-light
redis-server redis-server
vsftpd vsftpd
mosquitto mosquitto
memcached memcached
rsync rsync
snmpd snmpd
gpg gnupg
sqv sqv
chromium-headless-shell chromium-headless-shell
openssl openssl
pdftotext poppler-utils
qpdf qpdf
pgrep procps
/etc/ssl/certs/ca-certificates.crt ca-certificates
/usr/lib/postgresql/*/bin/postgres postgresql
/usr/lib/*/faketime/libfaketime.so.1 libfaketime'

PATH="$PATH:/usr/sbin:/sbin"
# shellcheck disable=SC2086 # a pattern is meant to expand
is_there() { command -v "$1" >/dev/null 2>&1 || ls $1 >/dev/null 2>&1; }

missing=$(printf '%s\n' "$needed" | while read -r what package; do
	[ -z "$what" ] || is_there "$what" || printf '%s ' "$package"
done)
if [ -n "$missing" ]; then
	echo "setup: installing ${missing% }"
	as_root=
	if [ "$(id -u)" -ne 0 ] && ! as_root=$(command -v sudo); then
		echo "setup: this needs root, and there is no sudo. As root, run: sh scripts/setup.sh" >&2
		exit 1
	fi
	# A policy of 101 keeps the packages from starting their services, unless
	# this machine has a policy of its own, which then holds. Where there is
	# systemd, they would start with the machine, and serve on every address.
	# shellcheck disable=SC2016,SC2086 # for the inner shell to expand; words are meant
	$as_root sh -eu -c '
		policy=/usr/sbin/policy-rc.d
		if [ ! -e $policy ]; then
			trap "rm -f $policy" EXIT INT TERM
			printf "#!/bin/sh\nexit 101\n" >$policy && chmod 755 $policy
		fi
		export DEBIAN_FRONTEND=noninteractive
		enabled() { ls /etc/systemd/system/*.wants 2>/dev/null | grep "\.service$" || true; }
		before=$(enabled)
		apt-get update -q
		apt-get install -q -y --no-install-recommends "$@"
		if command -v systemctl >/dev/null; then
			new=$(enabled | grep -vxF "${before:-none}" || true)
			[ -z "$new" ] || {
				systemctl -q disable $new
				echo "setup: off until enabled:" $new
			}
		fi
	' setup $missing
fi

have=$(go env GOVERSION 2>/dev/null | sed 's/^go//') || have=
if [ -z "$have" ] || [ "$(printf '%s\n%s\n' "$go_wanted" "$have" | sort -V | head -n 1)" != "$go_wanted" ]; then
	echo "setup: Go $go_wanted or newer is needed, and Debian 12 has none${have:+; this machine has $have}. Get" >&2
	echo "go$go_wanted (linux-$(dpkg --print-architecture)) from https://go.dev/dl/, unpack it to /usr/local, put /usr/local/go/bin into PATH." >&2
	exit 1
fi

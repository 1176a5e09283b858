#!/usr/bin/env bash
# Mail through Debian's Postfix: starts one of its own on loopback, in a folder of its own, runs the story, ends it.
# It has boxes for bo@ and later@example.org, refuses everybody else for good, and later@ as long as the table of access
# says so. Postfix starts as root only.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ] || ! command -v postfix >/dev/null; then
  echo "needs root and postfix (apt-get install postfix)" >&2
  exit 1
fi
place="$(mktemp -d)"
trap 'postfix -c "$place/conf" stop >/dev/null 2>&1 || true; rm -rf "$place"' EXIT
chmod 755 "$place"
mkdir -p "$place"/{conf,queue,data,mail}
chown postfix "$place/data"
owner="$(id -u nobody)"
chown nobody "$place/mail"
port=$((20000 + RANDOM % 20000))
cat >"$place/conf/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $place/queue
data_directory = $place/data
maillog_file = $place/log
maillog_file_prefixes = $place
myhostname = mail.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_recipient_maps =
smtputf8_enable = yes
virtual_mailbox_domains = example.org
virtual_mailbox_base = $place/mail
virtual_mailbox_maps = texthash:$place/conf/boxes
virtual_uid_maps = static:$owner
virtual_gid_maps = static:$(id -g nobody)
virtual_minimum_uid = 1
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access texthash:$place/conf/access, permit
smtpd_client_restrictions =
smtpd_delay_reject = yes
max_use = 1
EOF
printf 'bo@example.org bo/\nlater@example.org later/\n' >"$place/conf/boxes"
printf 'later@example.org 450 4.2.1 The box is full, come back later\n' >"$place/conf/access"
cat >"$place/conf/master.cf" <<EOF
127.0.0.1:$port inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
EOF
# The parts are started by Debian's own programs, the queue is made by them.
postfix -c "$place/conf" start >"$place/start" 2>&1 || { cat "$place/start" "$place/log" >&2; exit 1; }
export STOA_TEST_SMTP="127.0.0.1:$port" STOA_TEST_MAIL="$place/mail" STOA_TEST_ACCESS="$place/conf/access"
echo "SMTP server: $STOA_TEST_SMTP ($(postconf -h mail_version | sed 's/^/Postfix /'))"
cargo test --locked -p stoa --test main mail_goes_through_a_real_server -- --nocapture || { tail -n 40 "$place/log" >&2; exit 1; }

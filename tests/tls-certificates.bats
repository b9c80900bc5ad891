#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What is wrong with a certificate or a key is named, and nothing secret is.

load helpers/common
load boxes/boxes
load helpers/tls

setup() {
	need_tls
}

teardown() {
	stop_all
}

# make_old_cert FROM TO: valid between these. Sets PEM.
make_old_cert() {
	local dir=$BATS_TEST_TMPDIR/ca-$1
	mkdir "$dir"
	PEM=$dir/old.pem
	: >"$dir/index"
	printf '%s\n' "[ca]" "default_ca=c" "[c]" "database=$dir/index" "rand_serial=yes" "new_certs_dir=$dir" \
		"default_md=sha256" "policy=p" "x509_extensions=e" "[p]" "commonName=supplied" "[e]" \
		"subjectAltName=IP:127.0.0.1" >"$dir/conf"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=old -keyout "$dir/key" \
		-out "$dir/csr" 2>/dev/null
	openssl ca -config "$dir/conf" -batch -notext -selfsign -keyfile "$dir/key" -in "$dir/csr" -startdate "$1" \
		-enddate "$2" -out "$dir/crt" 2>"$dir/err" || fail "no certificate" "$dir/err"
	cat "$dir/key" "$dir/crt" >"$PEM"
}

# fails TEXT FLAGS...: the client cannot run, and says so on one line.
fails() {
	local text=$1
	shift
	run_client -w 100ms --connect-timeout 5s "$@"
	assert_equal "$CLIENT_STATUS" 3 "exit status" "$CLIENT_LOG"
	grep -q -e "$text" "$CLIENT_LOG" || fail "no \"$text\"" "$CLIENT_LOG"
}

@test "not trusted, for another name, expired, not valid yet, of an unknown issuer" {
	make_own_cert
	start_server --tls-cert "$PEM" --size 1k
	fails "self-signed and not trusted" --tls both
	fails 'not for \\"elsewhere.invalid\\"' --tls both --tls-ca "$PEM" --tls-server-name elsewhere.invalid
	make_old_cert 20200101000000Z 20200201000000Z
	start_server --tls-cert "$PEM" --size 1k
	fails "certificate has expired" --tls both --tls-ca "$PEM"
	make_old_cert 20490101000000Z 20490201000000Z
	start_server --tls-cert "$PEM" --size 1k
	fails "certificate is not valid yet" --tls both --tls-ca "$PEM"
}

@test "issued by an unknown authority, and by one that --tls-ca names" {
	make_cert ca DNS:ca.invalid
	local ca=$PEM leaf=$BATS_TEST_TMPDIR/leaf
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=leaf -keyout "$leaf.key" \
		-out "$leaf.csr" 2>/dev/null
	openssl x509 -req -in "$leaf.csr" -CA "$ca.crt" -CAkey "$ca.key" -CAcreateserial -days 2 \
		-extfile <(echo subjectAltName=IP:127.0.0.1) -out "$leaf.crt" 2>/dev/null
	start_server --tls-cert "$leaf.crt" --tls-key "$leaf.key" --size 1m -i 1ms
	fails "issued by an unknown authority" --tls both
	run_client --tls both --tls-ca "$ca.crt" -w 100ms --expect-pattern --expect-size 1m
	assert_verdict complete 0
	run_client --tls both --tls-insecure -w 100ms --expect-pattern --expect-size 1m
	assert_verdict complete 0
}

@test "an end that does not speak TLS, or says nothing" {
	start_server --size 1m
	fails "does not speak TLS" --tls both
	need socat
	background "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" \
		socat -d -d "TCP-LISTEN:0,bind=127.0.0.1,fork" "EXEC:sleep 60"
	wait_for_line "$BATS_TEST_TMPDIR/err" "listening on"
	# shellcheck disable=SC2034 # read by common.bash
	SERVER_ADDRESS=$(grep -o '127\.0\.0\.1:[0-9]*' "$BATS_TEST_TMPDIR/err" | head -n 1)
	fails "the handshake did not end in time" --tls both --connect-timeout 300ms
}

@test "a certificate that any would do for is not what the other end refused" {
	make_own_cert
	background "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" \
		openssl s_server -accept 127.0.0.1:0 -cert "$PEM" -tls1_2 -Verify 1 -WWW
	wait_for_line "$BATS_TEST_TMPDIR/out" "ACCEPT"
	# shellcheck disable=SC2034 # read by common.bash
	SERVER_ADDRESS=$(grep -o '127\.0\.0\.1:[0-9]*' "$BATS_TEST_TMPDIR/out" | head -n 1)
	fails "the other end refused the handshake" --tls both --tls-insecure
}

@test "files that cannot be used: what and why, and no secret" {
	make_own_cert
	local own=$PEM
	run "$PROGRAM" server --config none -l 127.0.0.1:0 --tls-cert /nonexistent
	[ "$status" = 3 ]
	[[ $output == *'cannot read a certificate from "/nonexistent": No such file'* ]]
	run "$PROGRAM" server --config none -l 127.0.0.1:0 --tls-key "$own"
	[ "$status" = 2 ]
	make_cert other DNS:other.invalid
	run "$PROGRAM" server --config none -l 127.0.0.1:0 --tls-cert "$own.crt" --tls-key "$PEM.key"
	[ "$status" = 3 ]
	[[ $output == *"is not that of the certificate"* ]]
	openssl pkey -in "$own.key" -aes128 -passout pass:sesame -out "$BATS_TEST_TMPDIR/locked"
	run "$PROGRAM" server --config none -l 127.0.0.1:0 --tls-cert "$own.crt" \
		--tls-key "$BATS_TEST_TMPDIR/locked" </dev/null
	[ "$status" = 3 ]
	[[ $output == *"cannot read a private key from"* ]]
	run "$PROGRAM" client --config none -s 127.0.0.1:1 --tls both --tls-ca /nonexistent
	[ "$status" = 3 ]
	[[ $output == *'cannot read certificates from "/nonexistent"'* ]]
}

@test "the key is read before privileges are dropped, and is in no log" {
	need_root
	make_own_cert
	without_root
	PROGRAM=$OPEN_DIR/program
	chmod 600 "$PEM.key"
	start_server --user nobody --log-level debug --tls-cert "$PEM.crt" --tls-key "$PEM.key" --size 1k
	kill -HUP "$SERVER_PID"
	wait_for_line "$SERVER_LOG" "still using the old certificate"
	run_client --tls both --tls-ca "$PEM" -w 10ms --expect-pattern --expect-size 1k
	assert_line "$CLIENT_LOG" "finish handling" '.client.total == 1024'
	refute grep -q "$(sed -n 2p "$PEM.key")" "$SERVER_LOG" "$SERVER_ERR" "$CLIENT_LOG"
}

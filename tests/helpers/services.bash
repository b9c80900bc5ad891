# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Services for the tests of `ask`: real ones, and odd ones of our own. Each sets
# SERVICE_ADDRESS. Load after common.bash and middlebox.bash.

# start_odd MODE [ARGUMENT]: see services.js.
start_odd() {
	need node
	SERIAL=$((SERIAL + 1))
	SERVICE_LOG=$BATS_TEST_TMPDIR/service-$SERIAL.log
	background "$SERVICE_LOG" "$SERVICE_LOG.err" node "$HELPERS/services.js" "$@"
	wait_for_line "$SERVICE_LOG" "^listening on " || fail "no service" "$SERVICE_LOG.err"
	SERVICE_ADDRESS=$(sed -n 's/^listening on //p' "$SERVICE_LOG")
	# What stands in front of it is told by start_box.
	# shellcheck disable=SC2034 # read by middlebox.bash
	SERVER_ADDRESS=$SERVICE_ADDRESS
}

# start_web CONFIGURE COMMAND...: a real service; as start_box.
start_web() {
	start_box "$@" || return
	SERVICE_ADDRESS=$BOX_ADDRESS
}

# A folder with a page of 5000 bytes.
make_site() {
	SITE=$BATS_TEST_TMPDIR/site
	mkdir -p "$SITE"
	[ -e "$SITE/index.html" ] || head -c 5000 /dev/zero | tr '\0' 'x' >"$SITE/index.html"
	chmod -R a+rX "$BATS_TEST_TMPDIR"
}

# start_nginx_http LINE...: an HTTP server whose location / has LINEs (without ;).
# UPSTREAM is the service that was started last.
start_nginx_http() {
	need nginx
	BOX_CONF=$BATS_TEST_TMPDIR/nginx-http.conf
	NGINX_LINES=("$@")
	start_web nginx_http_conf nginx -p "$BATS_TEST_TMPDIR" -c "$BOX_CONF" -e stderr
}

nginx_http_conf() {
	local folder
	cat <<-END
		daemon off;
		master_process off;
		error_log stderr;
		pid $BATS_TEST_TMPDIR/nginx-http.pid;
		events { }
		http {
			access_log off;
	END
	for folder in client_body proxy fastcgi uwsgi scgi; do
		echo "${folder}_temp_path $BATS_TEST_TMPDIR/nginx-$folder;"
	done
	cat <<-END
			server {
				listen $BOX_ADDRESS;
				location / {
					$(printf '%s\n' "${NGINX_LINES[@]/%/;}" | sed "s/@UPSTREAM@/${UPSTREAM:-}/")
				}
			}
		}
	END
}

# start_haproxy_http [LINE...]: an HTTP proxy in front of the service that was
# started last; LINEs join its section `defaults`.
start_haproxy_http() {
	start_haproxy "option http-server-close" "mode http" "$@" || return
	SERVICE_ADDRESS=$BOX_ADDRESS
}

start_python_http() {
	need python3
	make_site
	BOX_CONF=$BATS_TEST_TMPDIR/python.args
	start_web python_conf bash -c "exec python3 \$(cat '$BOX_CONF')"
}

python_conf() {
	echo "-m http.server -d $SITE -b ${BOX_ADDRESS%:*} ${BOX_ADDRESS##*:}"
}

start_busybox_httpd() {
	need busybox
	busybox --list | grep -q '^httpd$' || cannot_run "busybox has no httpd"
	make_site
	BOX_CONF=$BATS_TEST_TMPDIR/busybox.args
	start_web busybox_conf bash -c "exec busybox \$(cat '$BOX_CONF')"
}

busybox_conf() {
	echo "httpd -f -h $SITE -p $BOX_ADDRESS"
}

# start_line_server COMMAND: socat, and what answers one line.
start_line_server() {
	need socat
	BOX_CONF=$BATS_TEST_TMPDIR/line.args
	LINE_COMMAND=$1
	start_web line_conf bash -c "exec socat TCP-LISTEN:\$(cat '$BOX_CONF'),fork 'SYSTEM:$LINE_COMMAND'"
}

line_conf() {
	echo "${BOX_ADDRESS##*:},bind=${BOX_ADDRESS%:*}"
}

# run_ask ARGS...: sets ASK_STATUS, ASK_OUT, ASK_ERR and ASK_SECONDS. Another format
# than JSON is for ARGS to name.
run_ask() {
	local format=(--format json) from=(--config none) arg
	for arg in "$@"; do
		case $arg in
		--format | --format=*) format=() ;;
		--config | --config=*) from=() ;;
		esac
	done
	SERIAL=$((SERIAL + 1))
	ASK_OUT=$BATS_TEST_TMPDIR/ask-$SERIAL.out ASK_ERR=$BATS_TEST_TMPDIR/ask-$SERIAL.err
	background "$ASK_OUT" "$ASK_ERR" "$PROGRAM" ask "${from[@]}" "${format[@]}" "$@"
	wait_for_end "$PID" $((PATIENCE * 2)) || fail "ask goes on" "$ASK_OUT" "$ASK_ERR" || return
	ASK_STATUS=$STATUS
}

# assert_asked VERDICT STATUS: of the run of ask that was last.
assert_asked() {
	assert_equal "$(jq -r .verdict "$ASK_OUT")" "$1" "verdict" "$ASK_OUT" "$ASK_ERR" || return
	assert_equal "$ASK_STATUS" "$2" "exit status" "$ASK_OUT" "$ASK_ERR"
}

# assert_variant NAME VERDICT [PATTERN]: its verdict, and an extended regular
# expression for its reason.
assert_variant() {
	local row
	row=$(jq -c --arg name "$1" '.scenarios[] | select(.name == $name)' "$ASK_OUT")
	assert_equal "$(jq -r .verdict <<<"$row")" "$2" "verdict of $1" "$ASK_OUT" || return
	[ -z "${3:-}" ] || grep -Eq -e "$3" <<<"$(jq -r .reason <<<"$row")" ||
		fail "the reason of $1 is not \"$3\"" "$ASK_OUT"
}

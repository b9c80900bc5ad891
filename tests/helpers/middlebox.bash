# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Real middleboxes in front of the server that was started last. Each sets
# BOX_PID, BOX_LOG, BOX_ADDRESS and points SERVER_ADDRESS at itself. They run in
# the foreground with a configuration of their own; nothing installed is touched.

# Most of these cannot listen on port 0. Each test process therefore has a
# loopback address of its own, made of its process id, on which every port is
# free but for services that listen on all addresses; those make it try again.
box_host() {
	echo "127.$((1 + ($$ >> 16) % 200)).$(($$ >> 8 & 255)).$(($$ & 255))"
}

# is_listening ADDRESS: asks /proc/net/tcp, so that no connection disturbs.
is_listening() {
	local a b c d
	IFS=. read -r a b c d <<<"${1%:*}"
	grep -q "$(printf ' %02X%02X%02X%02X:%04X 00000000:0000 0A ' "$d" "$c" "$b" "$a" "${1##*:}")" \
		/proc/net/tcp
}

box_settled() {
	is_listening "$BOX_ADDRESS" || gone "$PID"
}

# start_box CONFIGURE COMMAND...: CONFIGURE writes the configuration for
# BOX_ADDRESS and UPSTREAM to BOX_CONF; COMMAND runs in the foreground.
start_box() {
	local configure=$1 attempt
	shift
	UPSTREAM=$SERVER_ADDRESS
	for attempt in 1 2 3 4 5; do
		SERIAL=$((SERIAL + 1))
		BOX_LOG=$BATS_TEST_TMPDIR/box-$SERIAL.log
		BOX_ADDRESS=$(box_host):$((10000 + RANDOM % 20000))
		"$configure" >"$BOX_CONF"
		background "$BOX_LOG" "$BOX_LOG.err" "$@"
		# shellcheck disable=SC2034 # for the tests
		BOX_PID=$PID
		wait_for "$PATIENCE" box_settled || break
		if ! gone "$PID"; then
			SERVER_ADDRESS=$BOX_ADDRESS
			return 0
		fi
		forget "$PID"
	done
	fail "$1 did not start (attempt $attempt)" "$BOX_CONF" "$BOX_LOG" "$BOX_LOG.err"
}

# start_haproxy [LINE...]: a TCP proxy; LINEs join its section `defaults`.
start_haproxy() {
	need haproxy
	BOX_CONF=$BATS_TEST_TMPDIR/haproxy.cfg
	HAPROXY_LINES=("$@")
	start_box haproxy_conf haproxy -db -f "$BOX_CONF"
}

haproxy_conf() {
	cat <<-END
		defaults
			mode tcp
			timeout connect 10s
			timeout client 120s
			timeout server 120s
		$(printf '\t%s\n' "${HAPROXY_LINES[@]}")
		listen box
			bind $BOX_ADDRESS
			balance roundrobin
	END
	local upstream number=0
	for upstream in $UPSTREAM; do
		number=$((number + 1))
		echo "	server s$number $upstream"
	done
}

# start_nginx [LINE...]: a stream proxy; LINEs (without ;) join its `server` block.
start_nginx() {
	need nginx
	NGINX_MODULE=
	local dir
	if ! nginx -V 2>&1 | grep -Eq -- '--with-stream( |$)'; then
		for dir in /usr/lib/nginx/modules /usr/lib64/nginx/modules /usr/share/nginx/modules; do
			[ -e "$dir/ngx_stream_module.so" ] && NGINX_MODULE=$dir/ngx_stream_module.so
		done
		[ -n "$NGINX_MODULE" ] || cannot_run "nginx has no stream module"
	fi
	BOX_CONF=$BATS_TEST_TMPDIR/nginx.conf
	NGINX_LINES=("$@")
	start_box nginx_conf nginx -p "$BATS_TEST_TMPDIR" -c "$BOX_CONF" -e stderr
}

nginx_conf() {
	[ -z "$NGINX_MODULE" ] || echo "load_module $NGINX_MODULE;"
	cat <<-END
		daemon off;
		master_process off;
		error_log stderr;
		pid $BATS_TEST_TMPDIR/nginx.pid;
		events { }
		stream {
			server {
				listen $BOX_ADDRESS;
				proxy_pass $UPSTREAM;
				$(printf '%s\n' "${NGINX_LINES[@]/%/;}")
			}
		}
	END
}

# start_socat [OPTIONS...]
start_socat() {
	need socat
	BOX_CONF=$BATS_TEST_TMPDIR/socat.args
	SOCAT_OPTIONS=("$@")
	# The address is not known before the configuration is written.
	start_box socat_conf bash -c "exec socat \$(cat '$BOX_CONF')"
}

socat_conf() {
	echo "${SOCAT_OPTIONS[*]} TCP-LISTEN:${BOX_ADDRESS##*:},bind=${BOX_ADDRESS%:*},fork" \
		"TCP:$UPSTREAM"
}

# start_node_pipe: what everyone writes first, with allowHalfOpen left at its
# default.
start_node_pipe() {
	need node
	BOX_CONF=$BATS_TEST_TMPDIR/pipe.js
	start_box node_conf node "$BOX_CONF"
}

node_conf() {
	cat <<-END
		const net = require("net");
		net.createServer((client) => {
			const server = net.connect(${UPSTREAM##*:}, "${UPSTREAM%:*}");
			client.pipe(server);
			server.pipe(client);
			client.on("error", () => server.destroy());
			server.on("error", () => client.destroy());
		}).listen(${BOX_ADDRESS##*:}, "${BOX_ADDRESS%:*}");
	END
}

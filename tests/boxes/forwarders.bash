# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Programs that forward a port, and not much else. Arguments are further options.

# -t: for how many seconds it waits after an EOF.
start_socat() {
	need socat
	start_box - socat "$@" TCP-LISTEN:@BOX_PORT@,bind=@BOX_HOST@,fork TCP:@UPSTREAM@
}

start_redir() {
	need redir
	start_box - redir -n "$@" @BOX@ @UPSTREAM@
}

start_rinetd() {
	need rinetd
	start_box rinetd_conf rinetd -f -c @CONF@
}

rinetd_conf() {
	echo "${BOX_ADDRESS/:/ } ${UPSTREAM/:/ }"
}

start_simpleproxy() {
	need simpleproxy
	start_box - simpleproxy -L @BOX@ -R @UPSTREAM@
}

start_6tunnel() {
	need 6tunnel
	start_box - 6tunnel -d -4 -l @BOX_HOST@ @BOX_PORT@ @UPSTREAM_HOST@ @UPSTREAM_PORT@
}

start_stone() {
	need stone
	start_box - stone -n @UPSTREAM@ @BOX@
}

start_tcpreen() {
	need tcpreen
	start_box - tcpreen -q -n -F 30 -a @BOX_HOST@ -s @UPSTREAM_HOST@ @UPSTREAM_PORT@ @BOX_PORT@
}

start_ncat() {
	need ncat
	start_box - ncat -n -k -l @BOX_HOST@ @BOX_PORT@ --sh-exec "exec ncat -n $* @UPSTREAM_HOST@ @UPSTREAM_PORT@"
}

# As root: it sets its groups for each connection.
start_xinetd() {
	need_root
	need xinetd
	start_box xinetd_conf xinetd -dontfork -f @CONF@ -pidfile "$BATS_TEST_TMPDIR/xinetd.pid"
}

xinetd_conf() {
	cat <<-END
		service box
		{
			type = UNLISTED
			socket_type = stream
			protocol = tcp
			user = root
			wait = no
			bind = ${BOX_ADDRESS%:*}
			port = ${BOX_ADDRESS##*:}
			redirect = ${UPSTREAM/:/ }
			instances = UNLIMITED
			cps = 1000 1
			disable = no
		}
	END
}

start_docker_proxy() {
	need docker-proxy
	# It tells its parent on descriptor 3 whether it runs.
	start_box - sh -c 'exec docker-proxy "$@" 3>/dev/null' sh -proto tcp -host-ip @BOX_HOST@ \
		-host-port @BOX_PORT@ -container-ip @UPSTREAM_HOST@ -container-port @UPSTREAM_PORT@
}

# It wants a listening socket from its manager.
start_socket_proxyd() {
	local proxyd=/lib/systemd/systemd-socket-proxyd
	[ -x "$proxyd" ] || cannot_run "systemd-socket-proxyd is not installed"
	need systemd-socket-activate
	start_box - systemd-socket-activate -l @BOX@ "$proxyd" @UPSTREAM@
}

# OpenSSH between two ends of its own, with keys of its own. Its server wants
# /run/sshd, which only this one then sees.
start_sshd() {
	need_root
	need sshd ssh ssh-keygen unshare
	SSH_DIR=$BATS_TEST_TMPDIR/ssh-$SERIAL
	mkdir "$SSH_DIR"
	ssh-keygen -q -t ed25519 -N '' -f "$SSH_DIR/host"
	ssh-keygen -q -t ed25519 -N '' -f "$SSH_DIR/user"
	start_box sshd_conf unshare -m sh -c \
		'mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec "$(command -v sshd)" -D -e -f "$1"' \
		sh @CONF@
}

sshd_conf() {
	cat <<-END
		ListenAddress $BOX_ADDRESS
		HostKey $SSH_DIR/host
		AuthorizedKeysFile $SSH_DIR/user.pub
		StrictModes no
		UsePAM no
		PidFile none
	END
}

# start_ssh FLAG SPEC: a client of that server, which forwards.
start_ssh() {
	start_box - ssh -F none -i "$SSH_DIR/user" -o StrictHostKeyChecking=no -o BatchMode=yes \
		-o "UserKnownHostsFile=$SSH_DIR/known" -o ExitOnForwardFailure=yes -N \
		-p "${SERVER_ADDRESS##*:}" "$@" "root@${SERVER_ADDRESS%:*}"
}

start_ssh_local() {
	local far=$SERVER_ADDRESS
	start_sshd && start_ssh -L "@BOX@:$far"
}

# A pair of shadowsocks, plain outside.
start_shadowsocks() {
	local far=$SERVER_ADDRESS
	need ss-server ss-tunnel
	start_box - ss-server -s @BOX_HOST@ -p @BOX_PORT@ -k secret -m aes-256-gcm
	start_box - ss-tunnel -s @UPSTREAM_HOST@ -p @UPSTREAM_PORT@ -k secret -m aes-256-gcm \
		-b @BOX_HOST@ -l @BOX_PORT@ -L "$far"
}

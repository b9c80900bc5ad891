# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Relays of a few lines as everybody writes them: the naive one, and the right one.

# start_node OPTIONS: the two pipes, with these options for both sockets.
start_node() {
	need node
	start_box - node "$BOXES/relay.js" @BOX@ @UPSTREAM@ "$1"
}

# start_node_pipe: with allowHalfOpen left at its default.
start_node_pipe() {
	start_node '{}'
}

start_python() {
	need python3
	start_box - python3 "$BOXES/relay.py" @BOX@ @UPSTREAM@ "$@"
}

# Built once a file.
start_go() {
	need go
	if ! [ -x "$BATS_FILE_TMPDIR/go/relay" ]; then
		mkdir -p "$BATS_FILE_TMPDIR/go"
		GOCACHE=$BATS_FILE_TMPDIR/go/cache GOFLAGS=-p=1 GO111MODULE=off \
			go build -o "$BATS_FILE_TMPDIR/go/relay" "$BOXES/relay.go"
	fi
	start_box - "$BATS_FILE_TMPDIR/go/relay" @BOX@ @UPSTREAM@ "$@"
}

#!/usr/bin/env bats
# The truth that verdicts are held against, from logs of the relay.

load helpers/common

# lines: the rest of standard input is a connection, a line each: WHAT SIDE MS
# CLIENT-READ SERVER-READ [MEMBERS]. Everything that was read was passed.
# truth_is SCENARIO VERDICTS
truth_is() {
	local got
	got=$(jq -Rc 'select(test("\\S")) | [splits(" +")] as $w
		| { what: $w[0], side: $w[1], ns: (($w[2] | tonumber) * 1e6),
			read: { client: ($w[3] | tonumber), server: ($w[4] | tonumber) } }
		| .passed = .read | . + ($w[5:] | join(" ") | if . == "" then {} else fromjson end)' |
		jq -sr --arg scenario "$1" --argjson rtt 1e6 --argjson bound 3e8 --argjson lossy false -f "$HELPERS/truth.jq" |
		jq -r 'join(" ")')
	assert_equal "$got" "$2" "truth of $1"
}

@test "nothing but forwarding is preserved" {
	truth_is download preserved <<-END
		open both 0 0 0
		request client 0 200 0 {"line":200}
		fin-read client 100 200 5000
		fin-forwarded client 100 200 5000
		fin-read server 500 200 9000
		fin-forwarded server 500 200 9000
		end both 500 200 9000
	END
}

@test "an abort that is passed on is preserved, one of the relay's own is a reset" {
	truth_is abort preserved <<-END
		fin-read client 100 200 5000
		rst-read server 500 200 9000
		rst-sent client 500 200 9000
	END
	truth_is abort reset <<-END
		fin-read client 100 200 5000
		rst-sent client 400 200 8000
		bytes-discarded server 400 200 9000
		rst-read server 500 200 9000
	END
}

@test "a FIN that is made up at once is no idle timer, one after an idle time may be" {
	truth_is late silent-discard <<-END
		fin-read client 100 200 0
		fin-forged server 101 200 0
		bytes-discarded server 600 200 4000
	END
	truth_is late "idle-expired-close silent-discard" <<-END
		fin-read client 100 200 0
		fin-forged server 400 200 0
		bytes-discarded server 600 200 4000
	END
}

@test "the same fault before, after and without a half-close" {
	truth_is download truncated <<-END
		closed both 90 200 5000 {"unread":{"client":0,"server":0}}
	END
	truth_is download full-close <<-END
		fin-read client 100 200 5000
		closed both 101 200 5000 {"unread":{"client":0,"server":0}}
	END
	truth_is download linger-cutoff <<-END
		fin-read client 100 200 5000
		closed both 400 200 9000 {"unread":{"client":0,"server":0}}
	END
	truth_is upload linger-cutoff <<-END
		fin-read server 100 200 5000
		closed both 400 900 5000 {"unread":{"client":0,"server":0}}
	END
	truth_is late idle-expired-close <<-END
		fin-read client 100 200 5000
		closed both 400 200 5000 {"unread":{"client":0,"server":0}}
	END
	truth_is baseline truncated <<-END
		closed both 400 200 5000 {"unread":{"client":0,"server":0}}
	END
}

@test "a FIN that is kept back" {
	truth_is download fin-lost <<-END
		fin-read client 100 200 5000
		fin-held client 100 200 5000
	END
	truth_is download preserved <<-END
		fin-read client 100 200 5000
		fin-held client 100 200 5000
		fin-forwarded client 200 200 9000
	END
	truth_is download fin-delayed <<-END
		fin-read client 100 200 5000
		fin-held client 100 200 5000
		fin-forwarded client 900 200 9000
	END
	truth_is download eof-lost <<-END
		fin-read client 100 200 5000
		fin-forwarded client 100 200 5000
		fin-read server 400 200 9000
		fin-swallowed server 400 200 9000
	END
}

@test "an edit of the line before the streams is none of them" {
	truth_is upload inconclusive <<-END
		byte-flipped client 1 0 0 {"at":150,"n":1}
		request client 1 0 0 {"line":200}
	END
	truth_is upload corrupted <<-END
		request client 1 0 0 {"line":200}
		byte-flipped client 1 0 0 {"at":250,"n":1}
	END
}

@test "what is missing at the end" {
	truth_is download silent-discard <<-END
		fin-read client 100 200 5000
		fin-read server 400 200 9000
		bytes-dropped server 400 200 9000 {"at":8990,"n":10}
	END
	truth_is request upload-truncated <<-END
		fin-read client 100 700 18
		bytes-dropped client 100 700 18 {"at":690,"n":10}
	END
}

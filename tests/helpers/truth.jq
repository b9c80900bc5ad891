# SPDX-License-Identifier: MIT
#
# From what the relay did in one connection to the verdicts that are true of it:
# mostly one word. Where both ends' views cannot tell two of them apart, both are
# in the set, and the rule says why.
#
# Input: the connection's lines, an array in order (see relay.c). Arguments:
#   $scenario  its name
#   $rtt       of the path, ns
#   $bound     --max-fin-delay, ns
#   $lossy     whether a packet may be lost between the relay and an end

# Who half-closes ("client", "server", "both" or "nobody"), and who aborts.
def closer($scenario):
	if $scenario | IN("baseline", "idle", "idle-server") then "nobody"
	elif $scenario == "simultaneous" then "both"
	elif $scenario | IN("upload", "late-server", "client-abort") then "server"
	else "client" end;
def aborter($scenario):
	{ abort: "server", "client-abort": "client" }[$scenario] // "nobody";
def other: if . == "client" then "server" else "client" end;

# The first line about that, or null.
def did($what; $side): first(.[] | select(.what == $what and .side == $side)) // null;
def before($a; $b): $a != null and ($b == null or $a.line < $b.line);

def ms: . * 1000000;

# Those that a relay without a fault writes as well. An RST is passed on.
def is_faithful($lines):
	(.what | IN("open", "request", "fin-read", "fin-forwarded", "rst-read", "end"))
	or (.what == "rst-sent" and (.side | other) as $from | .line as $at
		| any($lines[]; .what == "rst-read" and .side == $from and .line < $at));

# An edit. That of the two lines before the streams keeps the test from beginning.
def edited($lines; $scenario):
	. as $edit | .side as $of | closer($scenario) as $closer
	| ($lines | did("fin-read"; $of)) as $fin
	| (if $of == "client" then ($lines | did("request"; "client").line_length) else 18 end // 0) as $head
	| if .what == "bytes-dropped" and $fin != null and .at + .n >= $fin.read[$of] then
		# What is missing at the end is no difference.
		if $closer == "nobody" then ["truncated", "silent-discard"]
		elif $closer == "both" then ["upload-truncated", "silent-discard"]
		elif $closer == $of then ["upload-truncated"]
		else ["silent-discard"] end
	elif .at < $head then
		# A line end may be rewritten there; the next ones are told as well.
		if .what | IN("crlf-rewritten", "lf-rewritten") then ["preserved"] else ["inconclusive"] end
	# An RST overtakes the bytes before it.
	elif aborter($scenario) == $of and ($lines | did("rst-read"; $of)) != null then
		["corrupted", "preserved"]
	else ["corrupted"] end;

# A FIN that was never forwarded, or late.
def kept_back($lines; $scenario; $bound):
	. as $kept | .side as $of | closer($scenario) as $closer
	| ($lines | did("fin-forwarded"; $of)) as $out
	| ($lines | did("fin-read"; $of | other)) as $answer
	| (if $out == null then null
		# It waits behind its bytes as well: that is not the fault's doing.
		else [$out.ns - .ns, (.ms // infinite) * 1000000] | min end) as $late
	| if $closer == "nobody" or ($closer != $of and $closer != "both") then
		if $late == null then ["eof-lost"]
		# Nobody bounds how late the last one may be, but they do not wait for ever.
		elif $late > (1000 | ms) then ["preserved", "eof-lost"]
		else ["preserved"] end
	elif $late == null then
		# Of two that cross, each is the other stream's end as well.
		if $closer == "both" then ["fin-lost", "eof-lost"] else ["fin-lost"] end
	elif $closer != "both" and before($answer; $out) then
		# Held until the stream gave up: late, or held for just that, who knows.
		["fin-lost", "fin-delayed"]
	elif $closer == "both" then
		# The other end rests before it reads the bytes in front of the FIN: a while of
		# the delay hides there.
		["fin-delayed", "fin-lost"]
		+ if $late < $bound * 1.5 + (1500 | ms) then ["preserved"] else [] end
	elif $late > $bound * 1.5 + (20 | ms) then ["fin-delayed"]
	elif $late < $bound * 0.5 then ["preserved"]
	else ["fin-delayed", "preserved"] end;

# A limit of bytes or time knows no half-close; the baseline may show that.
def limited: if .when | IN("byte", "open") then ["truncated"] else [] end;

# One that the relay made, and threw away what came behind it.
def forged($lines; $scenario):
	. as $fin | .side as $of | closer($scenario) as $closer
	| ($lines | did("bytes-discarded"; $of)) as $lost
	| ($lines | did("fin-read"; $closer)) as $closed
	| ($lines | did("fin-read"; $of)) as $own
	| if $closer == "nobody" then
		if $lost == null then ["preserved"] else ["truncated", "silent-discard"] end
	elif $closer == $of then
		if before($closed; $fin) then (if $lost == null then ["preserved"] else ["upload-truncated"] end)
		else ["fin-lost"] + (if $lost == null then [] else ["upload-truncated"] end) end
	elif $closer == "both" then ["fin-lost", "upload-truncated", "silent-discard", "truncated"]
		# Made where the stream ends anyway, and as early as its own: it takes its place.
		+ (if $lost == null and $own != null and $own.ns - $fin.ns < (20 | ms) then ["preserved"] else [] end)
	# The stream's own end comes too early to the end that half-closes.
	elif before($closed; $fin) then
		if aborter($scenario) == $of then ["abort-masked", "silent-discard"]
		elif $lost == null then ["preserved"]
		# The path's own end after an idle time; at once, it is none.
		elif ($scenario | startswith("late")) and $fin.read[$of] == $closed.read[$of]
			and $fin.ns - $closed.ns > (20 | ms)
		then ["idle-expired-close", "silent-discard"]
		else ["silent-discard"] end
	else ["truncated", "silent-discard", "inconclusive"] end;

# The connection's end, or its silence: what it is called before the half-close,
# after an idle time, and while bytes were flowing.
def ended($lines; $scenario; $early; $idle; $flowing; $flowing_late; $rtt):
	. as $cut | closer($scenario) as $closer
	| [$lines[] | select(.what == "fin-read" and (.side == $closer or $closer == "both") and .line < $cut.line)]
	| first as $closed
	| if $closed == null then $early
	else
		($cut.ns - $closed.ns) as $after
		| ($cut.read == $closed.read and ($scenario | startswith("late"))) as $silent
		| if $silent and $after > (100 | ms) + 4 * $rtt then $idle
		elif $silent and $after > (20 | ms) then $idle + $flowing + $flowing_late
		elif $after > (100 | ms) + 4 * $rtt then $flowing_late
		elif $after > (20 | ms) then $flowing_late + $flowing
		else $flowing end
	end;

def closed($lines; $scenario; $rtt):
	. as $cut | closer($scenario) as $closer
	| if ($lines | did("fin-read"; "client") != null or did("fin-read"; "server") != null)
			and $closer == "nobody" and $cut.read == $cut.passed then ["preserved", "truncated", "reset"]
	# It was all over.
	elif $cut.read == $cut.passed and ($lines | before(did("fin-forwarded"; "client"); $cut)
			and before(did("fin-forwarded"; "server"); $cut)) then ["preserved"]
	# It was all over but for the last FIN, which close(2) sends.
	elif $closer != "nobody" and $cut.read == $cut.passed
			and ($lines | before(did("fin-read"; "client"); $cut)
				and before(did("fin-read"; "server"); $cut)) then ["preserved"]
	else
		(ended($lines; $scenario; ["truncated"]; ["idle-expired-close"]; ["full-close"]; ["linger-cutoff"]; $rtt)
			# Where bytes stand in front of the FIN, neither end knows when the box had it.
			| if ($scenario | IN("echo", "large-request", "simultaneous")) and IN(["full-close"], ["linger-cutoff"])
			then ["full-close", "linger-cutoff"] else . end
			# A FIN that is on its way to the box when the time is up looks like the cause.
			| if $cut.when == "open" and . == ["truncated"] then ["truncated", "full-close"] else . end)
		# Unread bytes make an RST of it (RFC 1122 section 4.2.2.13), and so do those
		# that come later: what they overtake never arrives.
		+ limited
		# What the relay had taken of a stream that was complete by then is missing, and
		# its sender knows of no error.
		+ [("client", "server") as $of
			| select($cut.read[$of] > $cut.passed[$of] and before($lines | did("fin-read"; $of); $cut))
			| if $closer == $of then "upload-truncated" else "silent-discard" end]
		# An end whose FIN stands behind bytes that the relay never read has closed before it.
		+ (if $closer == "both" then ["upload-truncated", "silent-discard"]
			elif $scenario | IN("echo", "request", "large-request", "fin-with-data")
			then (if ($lines | before(did("fin-read"; $closer); $cut)) then [] else ["upload-truncated"] end)
			else [] end)
		+ if $cut.unread.client > 0 or $cut.unread.server > 0 then ["reset"] else [] end
	end;

def reset($lines; $scenario; $rtt):
	if closer($scenario) == "nobody" then ["truncated", "reset"]
	else ended($lines; $scenario; ["truncated", "reset"]; ["idle-expired-reset"]; ["reset"]; ["reset"]; $rtt) + limited
		# An RST is sent once. Whoever has half-closed sends nothing that another would answer.
		+ if $lossy and .side == closer($scenario) then ["silent-discard", "stalled"] else [] end
	end;

# What the relay's kernel has taken is acknowledged, read or not: whether bytes
# vanish or wait cannot be told.
def dead($lines; $scenario; $rtt):
	. as $cut | .side as $of | closer($scenario) as $closer
	| if before($lines | did("fin-forwarded"; $of); $cut) then ["preserved"]
	# Nothing but the FIN is missing.
	elif ($lines | did("fin-read"; $of)) != null and ($lines | last).passed[$of] == ($lines | last).read[$of] then
		if $closer == $of then ["fin-lost"] elif $closer == "both" then ["fin-lost", "eof-lost"] else ["eof-lost"] end
	elif $closer == "nobody" then ["stalled", "truncated"]
	elif ($closer == $of or $closer == "both") and ($lines | did("fin-read"; $of)) == null then
		["fin-lost", "stalled", "upload-truncated"]
	else ended($lines; $scenario; ["stalled", "inconclusive"]; ["idle-expired-blackhole", "silent-discard"];
			["stalled", "silent-discard"]; ["stalled", "silent-discard"]; $rtt)
		# The FIN vanishes as well.
		+ if any($lines[] | select(.what == "fin-read" and (.side == $closer or $closer == "both")) | .side;
				. as $side | $lines | did("fin-forwarded"; $side) == null) then ["fin-lost"] else [] end
	end;

def discarded($lines; $scenario):
	. as $lost | .side as $of | closer($scenario) as $closer
	| if $closer == "nobody" then ["truncated", "silent-discard"]
	elif $closer == $of then ["upload-truncated"]
	elif $closer == "both" then ["upload-truncated", "silent-discard"]
	elif before($lines | did("fin-read"; $closer); $lost) then
		# An abort discards what is under way as well, in a relay's buffers for one.
		if aborter($scenario) == $of then ["preserved", "silent-discard", "stalled"] else ["silent-discard"] end
	else ["silent-discard", "truncated", "stalled", "inconclusive"] end;

def truth($scenario; $rtt; $bound):
	to_entries | map(.value + { line: .key, line_length: .value.line }) as $lines
	| [$lines[] | select(is_faithful($lines) | not)
		| if .what | IN("fin-swallowed", "fin-held") then kept_back($lines; $scenario; $bound)
		elif .what == "fin-forged" then
			forged($lines; $scenario) + limited | if .[0] == "preserved" then ["preserved"] else . end
		elif .what == "closed" then closed($lines; $scenario; $rtt)
		elif .what == "rst-sent" then reset($lines; $scenario; $rtt)
		elif .what == "blackhole-begins" then dead($lines; $scenario; $rtt)
		elif .what == "discard-begins" then []
		elif .what == "bytes-discarded" then
			# Behind a FIN or an RST of the relay's own, it is that one's doing.
			.side as $of
			| if ($lines | did("discard-begins"; $of)) == null then []
			else discarded($lines; $scenario) end
		elif .what == "rst-masked" then
			if aborter($scenario) == .side then ["abort-masked"] else [] end
		else edited($lines; $scenario) end]
	# One fault that surely shows is enough.
	| any(.[]; . != [] and all(.[]; . != "preserved")) as $shows
	| (add // []) - (if $shows then ["preserved"] else [] end) | unique
	| if . == [] then ["preserved"] else . end;

truth($scenario; $rtt; $bound)

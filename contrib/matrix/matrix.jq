# SPDX-License-Identifier: MIT
#
# README.md from matrix.json.

# What each verdict is in the tables.
def symbols: {
	"preserved": "✓", "complete": "✓", "orderly": "✓", "skipped": "·", "inconclusive": "?",
	"full-close": "✗", "silent-discard": "✂", "upload-truncated": "⬆", "truncated": "✂",
	"linger-cutoff": "⏱", "idle-expired-close": "Zc", "idle-expired-reset": "Zr",
	"idle-expired-blackhole": "Zb", "abort-masked": "~", "corrupted": "≠", "fin-lost": "F",
	"fin-delayed": "f", "eof-lost": "E", "stalled": "…", "reset": "R", "reply-differs": "≠"
};
def symbol: symbols[.] // .;
def cell: unique_by(symbol) | map(symbol) | join(" ");
def bars: "| " + join(" | ") + " |";
def code: if . == "" then "defaults" else "`" + gsub("[|]"; "\\|") + "`" end;
def seconds: . / 1e9 | . * 10 | round / 10;
def idle: if . == null then "" elif .verdict == "preserved" then "> \(.["lives-at-least"] | seconds) s"
	elif .["dies-before"] == null or .["dies-before"] == 0 then "none"
	else (.["lives-at-least"] | seconds) as $lives | (.["dies-before"] | seconds) as $dies
		| if $lives == $dies then "\($dies) s" elif $lives == 0 then "< \($dies) s" else "\($lives)–\($dies) s" end
	end;
def first_suspects: [.suspects[]? | .[:3][] | .system] | reduce .[] as $s ([]; if index($s) then . else . + [$s] end)
	| .[:3] | join(", ");
def remedy: .system as $system
	| [.suspects[]? | .[] | select(.system == $system) | .remedy] | first // "";
def table($rows; $names): ((["system", "setting", "version"] + $names
		+ (if $names | index("late") and index("echo") then ["idle"] else [] end)
		+ ["first suspects", "remedy"]) | bars, (map("---") | bars)),
	($rows[] | . as $row
	| [.system, (.setting | code), .version] + [$names[] | $row.scenarios[.] // [] | cell]
		+ (if .with == "check" then [.idle | idle] else [] end) + [first_suspects, remedy] | bars);
# Why a box does not do the same every time.
def causes: {
	"redir": "it closes both connections at the first FIN, and which direction then loses its last bytes depends on which of two FINs in flight it reads first",
	"http-squid-half": "Squid 5.7 aborts (assertion failed: comm.cc:1656) when a client half-closes, and the client sees an EOF or an RST",
	"http-caddy": "it collects the reply; when all of it has come at once, nothing is left to send after the FIN"
};
def named: .system + (if .setting == "" then "" else " " + (.setting | code) end);
# Boxes of which check says the same in most runs; of groups of several systems only.
def alike: group_by(.scenarios | map_values(group_by(.) | max_by(length)[0])) | map(select(map(.system) | unique | length > 1));
# How a box treats half-closes, in a word, from its rows.
def kind: [.scenarios | to_entries[] | select(.key | test("abort") | not) | .value[]] as $all
	| if $all | all(. == "preserved" or . == "complete" or . == "skipped") then "preserves"
	elif $all | index("full-close") then "closes both directions"
	elif $all | any(test("^idle-expired")) then "ends an idle one"
	else "loses data or the FIN" end;

. as $matrix | ($matrix.boxes | map(select(.with == "check"))) as $tcp
| ($matrix.boxes | map(select(.with == "ask"))) as $http
| "# What middleboxes do to half-closed connections",
"",
"Each row is a real program or kernel, started with the setting shown and its defaults",
"otherwise, between `tcp-half-close-tester check` (or, in front of an HTTP service, `ask`)",
"and its responder, on loopback or in network namespaces. `make matrix` measures again whatever",
"is installed and writes this page; [matrix.json](matrix.json) has the same and the reasons.",
"The configurations are in `tests/boxes`.",
"",
"Of \($tcp | length) boxes and settings that forward TCP:",
"",
($tcp | group_by(kind) | sort_by(-length)[] | "- \(length) \(.[0] | {
	"preserves": "preserve every half-close",
	"closes both directions": "close both directions when one end half-closes",
	"ends an idle one": "end a half-closed connection that is idle, for as long as their timers say",
	"loses data or the FIN": "lose or repeat data, or the FIN"}[kind])"),
"- \($tcp | map(select(.scenarios | (.abort // []) + (.["client-abort"] // []) | index("abort-masked"))) | length) turn an abort (RST) of one end into a clean EOF for the other",
"",
"\($http | map(select(kind == "preserves")) | length) of \($http | length) HTTP proxies and settings deliver the reply to a client that has half-closed.",
"",
"## Legend",
"",
"| symbol | verdict |", "| --- | --- |",
(symbols | to_entries | group_by(.value)[]
	| select(any(.[]; .key as $verdict | $matrix.boxes | any(.[].scenarios[]; index($verdict))))
	| "| \(.[0].value) | \([.[].key | select(. as $verdict
		| $matrix.boxes | any(.[].scenarios[]; index($verdict)))] | join(", ")) |"),
"",
"Two symbols: the verdict was not the same in every run (each box was played up to \($matrix.boxes | map(.scenarios[] | length) | max) times).",
"*idle*: how long a connection that the client has half-closed survives without data; not tried beyond 3 s, and `none`",
"means not even a moment. *first suspects*: what the diagnosis of `check` names for the row.",
"[tcp-half-close-tester-check(1)](../../man/tcp-half-close-tester-check.1) describes the scenarios.",
"",
"## TCP",
"",
table($tcp; $tcp[0].scenarios | keys_unsorted - ["baseline"]),
"",
"## Which cannot be told apart",
"",
"Both ends see the same from each box of a group. At the first EOF they make the same system calls,",
"and neither end sees who makes them; the diagnosis names the ones that are met most often, and says how many more fit.",
"",
($tcp | alike | sort_by(-length)[] | "- " + (map(named) | unique | join(", "))),
"",
"## What varies",
"",
([$tcp[], $http[] | . as $box | .scenarios | to_entries[] | select(.value | unique | length > 1)
	| {box: (($box | named) + (causes[$box.name] | if . then " (" + . + ")" else "" end)), text: "\(.key): \(.value | unique | join(", "))"}] as $varies
	| if $varies == [] then "Nothing: each verdict was the same in every run."
	else ($varies | group_by(.box)[] | "- \(.[0].box): \(map(.text) | join("; "))") end),
"",
"`linger-cutoff` or `idle-expired-close` besides `full-close` or `silent-discard`: the machine was busy, and the box woke up more than",
"50 ms after the FIN. `check` calls no later end \"at once\", because there are systems that wait for only 100 ms.",
"",
"## HTTP",
"",
"The service replies after 0.5 s, in two parts.",
"",
table($http; $http[0].scenarios | keys_unsorted - ["open"]),
"",
"## Not measured",
"",
"From documentation and issue trackers, because they are not in Debian 12 or cannot run here:",
"",
"| system | setting | behaviour | remedy | source |", "| --- | --- | --- | --- | --- |",
($documented[0][] | [.system, (.setting | if . == "" then "" else code end), .behaviour, .remedy, .source] | bars)

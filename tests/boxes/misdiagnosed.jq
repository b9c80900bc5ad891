# SPDX-License-Identifier: MIT
#
# Of all rows of boxes (merge.jq), those whose diagnosis does not name them.

# What most runs said.
def vector: .scenarios | map_values(group_by(.) | max_by(length)[0]);
def preserved: [.scenarios[][]] | all(IN("preserved", "complete", "skipped"));

# One row alone may be another the next time, on a busy machine.
def alike($a; $b): ($a | vector) as $x | ($b | vector) as $y
	| ($x | keys) == ($y | keys) and ([$x | keys[] | select($x[.] != $y[.])] | length) <= 1;

. as $boxes
| .[] | . as $box
| (if preserved then [.system] else
	[$boxes[] | select(alike(.; $box)) | .system] | unique end) as $names
| .suspects | to_entries[] | .key as $run | .value[:3] | map(.system)
| if $box | preserved then
	select(. != []) | "\($box.name), run \($run + 1): preserves all, and yet \(join(", ")) is suspected"
else
	select(any(IN($names[])) | not)
	| "\($box.name), run \($run + 1): \($box.pattern[$run]): suspects \(if . == [] then "none" else join(", ") end), not \($names | join(" or "))"
end

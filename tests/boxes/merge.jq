# SPDX-License-Identifier: MIT
#
# From the reports of several runs of one box, and one of probe, to its row.

[inputs] as $runs
| ($runs[0].scenarios | map(.name)) as $names
| {
	name: $name, with: $with, system: $system, setting: $setting, package: $package, version: $version,
	scenarios: ([$names[] as $scenario | {
		key: $scenario,
		value: [$runs[].scenarios[] | select(.name == $scenario)
			| if .skipped == true then "skipped" else .verdict end]
	}] | from_entries),
	reasons: ([$runs[0].scenarios[] | select(.verdict | IN("preserved", "complete") | not)
		| {key: .name, value: .reason}] | from_entries),
	idle: ($probe[0] | if . == null then null else {
		verdict, "lives-at-least": .["lives-at-least"], "dies-before": .["dies-before"]
	} end),
	pattern: [$runs[].diagnosis.pattern?],
	suspects: [$runs[] | [.diagnosis.suspects[]? | {system, setting, remedy}]]
}

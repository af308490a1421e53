# SPDX-License-Identifier: BSD-2-Clause
# bash completion for pavise(1). Options are asked from `pavise COMMAND --help`, so they cannot
# drift from the program; profile names are read from the files given with -f.

_pavise_options() {
	pavise "$1" --help 2>/dev/null | grep -oE -- '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,'
}

_pavise_commands() {
	pavise help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

# "one,two,thr" goes on with the ids of `pavise lint` that begin with "thr".
_pavise_ids() {
	local cur=${COMP_WORDS[COMP_CWORD]} before=
	[[ $cur != *,* ]] || before=${cur%,*},
	pavise lint --list 2>/dev/null | sed "s/^\([a-z-]*\) .*/$before\1/"
}

# The profiles of the files named so far: heads of `pavise dump`.
_pavise_profiles() {
	local i files=()
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-f | --file) files+=("${COMP_WORDS[i + 1]/#\~/$HOME}") ;;
		esac
	done
	[ ${#files[@]} -gt 0 ] || files=(/etc/apparmor.d)
	pavise dump "${files[@]}" 2>/dev/null | sed -n 's/^profile \([^ ]*\).*/\1/p'
}

# What is in force for the whole system, by the bpf engine; it takes root to see it.
_pavise_in_force() {
	pavise list 2>/dev/null | sed 's/ ([a-z]*)$//'
}

_pavise_reply() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
}

# The place of the command that `run` confines, 0: not reached yet.
_pavise_command_at() {
	local i
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-f | --file | -p | --profile | -I | --include | --log | --engine) ((i++)) ;;
		--)
			echo $((i + 1))
			return
			;;
		-*) ;;
		*)
			echo "$i"
			return
			;;
		esac
	done
	echo 0
}

_pavise() {
	local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} at

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_pavise_reply -W "$(_pavise_commands) --help --version"
		return
	fi
	if [ "$command" = run ]; then
		at=$(_pavise_command_at)
		if [ "$at" -gt 0 ] && declare -F _command_offset >/dev/null; then
			_command_offset "$at"
			return
		fi
	fi
	case $before in
	-f | --file | --log)
		_pavise_reply -f
		return
		;;
	-I | --include | --cache)
		_pavise_reply -d
		return
		;;
	-p | --profile)
		_pavise_reply -W "$(_pavise_profiles)"
		return
		;;
	--only | --ignore)
		_pavise_reply -W "$(_pavise_ids)"
		return
		;;
	--engine)
		_pavise_reply -W "$(pavise engines 2>/dev/null | sed -n 's/^\([a-z]*\):.*/\1/p')"
		return
		;;
	esac
	case $command:$cur in
	help:*) _pavise_reply -W "$(_pavise_commands)" ;;
	*:-*) _pavise_reply -W "$(_pavise_options "$command")" ;;
	run:*) _pavise_reply -c ;;
	unload:* | reload:* | enforce:* | complain:* | disable:*)
		_pavise_reply -f -W "$(_pavise_in_force)"
		;;
	explain:*)
		_pavise_reply -W "read write append exec mmap lock create unlink rename chmod chown
			truncate link network signal ptrace capability change_profile"
		;;
	bind:*) _pavise_reply -d -W "$(_pavise_in_force)" ;;
	unbind:*) _pavise_reply -d ;;
	*) _pavise_reply -f ;;
	esac
}

complete -o filenames -F _pavise pavise

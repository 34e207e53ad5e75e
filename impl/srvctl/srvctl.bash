# Completion of srvctl(1) for bash, with or without the package bash-completion.
_srvctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words i
	# `--output=xml` comes as three words.
	if [[ $cur == '=' ]]; then
		cur=
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	COMPREPLY=()
	case $prev in
	--output) words='text xml json' ;;
	--soap) words='1.1 1.2' ;;
	--ca | --certificate | --key)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--ca-path)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--url | --ticket | --language | --timeout | login) return ;;
	*)
		words='--url --ticket --output --watch --language --timeout --soap --ca --ca-path --certificate --key
			--insecure --help --version'
		# There is one command.
		for ((i = 1; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			login | flush | info | jobs | warehouse | valid | logout) i=-1; break ;;
			esac
		done
		((i < 0)) || words+=' login flush info jobs warehouse valid logout' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _srvctl srvctl

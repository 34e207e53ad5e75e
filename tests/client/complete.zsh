#!/usr/bin/zsh -f
# complete.zsh FOLDER WORDS: types the words and a TAB into a zsh of its own, on a terminal of its own, which has the
# completions in that folder, and prints all that it then shows.
zmodload zsh/zpty
export TERM=dumb
zpty shell zsh -f -i
zpty -w shell "unsetopt zle_bracketed_paste 2>/dev/null; PS1=; stty cols 200"
zpty -w shell "fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; LISTMAX=1000; print REA''DY"
zpty -r -m shell seen '*READY*'
zpty -n -w shell "$2"$'\t'
# It has come when nothing more has for half a second.
for (( quiet = 0; quiet < 5; quiet++ )); do
	if zpty -r -t shell seen; then
		print -rn -- "$seen"
		quiet=0
	fi
	sleep 0.1
done
zpty -d shell

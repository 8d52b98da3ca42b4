# Sourced by the zsh behind the terminal (zsh-completion.zsh): Tab writes down what is offered, and empties the line.
PROMPT= RPROMPT=
autoload -Uz compinit
compinit -D -u
source $COMPLETION_SCRIPT

compadd() {
  # The completion system's own way to look at offers without making them.
  if [[ " $* " == *' -'[OAD]' '* ]]; then
    builtin compadd "$@"
    return
  fi
  local -a offers
  builtin compadd -O offers "$@"
  (( $#offers )) && print -rl -- $offers >> $COMPLETION_OFFERS
}

press-tab() {
  zle complete-word
  BUFFER=
  print end >> $COMPLETION_OFFERS
}
zle -N press-tab
bindkey '^I' press-tab
print end >> $COMPLETION_OFFERS

# What zsh offers where Tab is pressed, in a zsh of its own behind a terminal: completion has no other way in.
#   zsh -f zsh-completion.zsh SCRIPT FOLDER LINE...
# Prints what is offered for each line, and then a line that says `end`. FOLDER is for a file that both write to.
zmodload zsh/zpty
export COMPLETION_SCRIPT=$1 COMPLETION_OFFERS=$2/offers
shift 2

await() { # Until the other zsh has written its last line; what it draws meanwhile has to be taken from it.
  local drawn
  until [[ -f $COMPLETION_OFFERS && $(tail -n 1 $COMPLETION_OFFERS) == end ]]; do
    zpty -t other || exit 1
    zpty -r -t other drawn || sleep 0.01
  done
}

rm -f $COMPLETION_OFFERS
zpty other zsh -f -i
zpty -w other "source ${(q)0:A:h}/zsh-completing.zsh"
await
for line in $@; do
  rm -f $COMPLETION_OFFERS
  zpty -w -n other $line$'\t'
  await
  cat $COMPLETION_OFFERS
done
zpty -d other

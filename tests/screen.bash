# screen.bash - a terminal for a program's output; a .bats file loads it after harness.bash.

# a_screen NAME: a terminal NAME.screen, because many programs write each line at once only to a terminal. What is
# written there is added to NAME.said. (Until socat has made it raw, the terminal adds \r to each line; crnl takes it away.)
a_screen() {
  : >>"$1.said"
  setpriv --pdeathsig TERM -- socat -u "PTY,link=$1.screen,rawer,crnl" "OPEN:$1.said,append" 3>&- 4>&- 8>&- 9>&- &
  eventually test -e "$1.screen"
}

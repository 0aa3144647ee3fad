# eventually.bash - how tests wait; harness.bash and transcript.bash source it. Needs BUILD_DIR.

# eventually COMMAND...: until the command succeeds. Every wait of the tests is made of this. The
# limit (in seconds) is only there to tell what hangs from what is slow on a busy machine. There is
# a last look after it: this shell may have slept over it.
export patience=${patience:-20} # for the shells that tests start, too
eventually() {
  local deadline=$((${EPOCHREALTIME/[.,]/} + patience * 1000000)) is_late=
  until "$@"; do
    [[ -z $is_late ]] || return 1
    ((${EPOCHREALTIME/[.,]/} < deadline)) || is_late=yes
    pause 0.01
  done
}

# pause SECONDS: the only wait by the clock, between two looks at an event. Nothing is ever
# written to that FIFO; reading from it takes no process, and sleep takes one.
pause() {
  open_quiet_fifo
  read -rt "$1" -u "$quiet" || true
}
open_quiet_fifo() { [[ -n ${quiet:-} ]] || exec {quiet}<>"$BUILD_DIR/tests/quiet"; }
open_quiet_fifo

# lab.bash - frames on the hosts of ch02_packets/lab_lan.bash; a .bats file loads it after harness.bash.

load ../lab.bash
use_lab lan

frame_build() { client ch02_packets/frame_build "$@"; }
frame_parse() { client ch02_packets/frame_parse "$@"; }

# watch HOST INTERFACE: from now on frame_parse writes its frames to the file HOST.frames.
watch() {
  in_background "$1" "$1.frames" "$(program ch02_packets/frame_parse)" live "$2" 1000 30
  seen "$1.frames" '^ready$'
}

# values NAME <FRAMES: the values of the field of that name, frame by frame.
values() { sed -nE "s/.* $1=([^ ]*).*/\\1/p"; }

# recording.bash - what passes an interface, as a stranger tells it: recorded by dumpcap, read by
# tshark; a .bats file loads it behind harness.bash. What the two say in words differs from version
# to version, so only the file and its fields count here.

# recorder_or_skip: Debian can give dumpcap to a group of its own.
recorder_or_skip() { dumpcap -v >/dev/null 2>&1 || skip "dumpcap may not be run by this user"; }

# begin_recording INTERFACE: from now on, into all.pcap, which dumpcap makes when it listens.
begin_recording() {
  dumpcap -q -P -i "$1" -w all.pcap >dumpcap.log 2>&1 3>&- 4>&- &
  recorder=$!
  eventually test -e all.pcap || { cat dumpcap.log; kill "$recorder"; return 1; }
}
end_recording() {
  kill "$recorder"
  wait "$recorder" || true
}

# recorded FILTER FIELD [OPTION...]: that field of the frames that pass the filter, a line each;
# with nobody's preferences, which tshark would look for in the home of the user that it seems to be.
recorded() { WIRESHARK_CONFIG_DIR=/nonexistent LC_ALL=C tshark -r all.pcap -n -T fields -Y "$1" -e "${@:2}" 2>/dev/null; }
has_recorded() { [[ -n $(recorded "$1" frame.number) ]]; }

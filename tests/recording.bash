# recording.bash - the frames that pass an interface, recorded by dumpcap and read by tshark; a .bats
# file loads it after harness.bash. The words of the two differ from version to version, so tests use
# only the file and its fields.

# recorder_or_skip: Debian may allow dumpcap to one group only.
recorder_or_skip() { dumpcap -v >/dev/null 2>&1 || skip "dumpcap may not be run by this user"; }

# begin_recording INTERFACE [OPTION...]: into all.pcap, which dumpcap creates when it is ready.
begin_recording() {
  dumpcap -q -P -i "$1" "${@:2}" -w all.pcap >dumpcap.log 2>&1 3>&- 4>&- &
  recorder=$!
  eventually test -e all.pcap || { cat dumpcap.log; kill "$recorder"; return 1; }
}
end_recording() {
  kill "$recorder"
  wait "$recorder" || true
}

# recorded FILTER FIELD [OPTION...]: that field of the frames that pass the filter, a line for each;
# without the preferences in the home of the user, who seems to be root here.
recorded() { WIRESHARK_CONFIG_DIR=/nonexistent LC_ALL=C tshark -r all.pcap -n -T fields -Y "$1" -e "${@:2}" 2>/dev/null; }
has_recorded() { [[ -n $(recorded "$1" frame.number) ]]; }

# tshark_agrees FILE: tshark and segment_watch say the same about each TCP segment of a capture: its flags, numbers, options
# and what is remarkable about it. Writes ours and theirs.
tshark_agrees() {
  client ch04_tcp/segment_watch file "$1" --fields | sed 1d | cut -f 1,6-16 >ours
  python3 "${BASH_SOURCE[0]%/*}/tools/tshark_segments.py" "$1" >theirs
  diff ours theirs
}

# fields.bash - the fields of the frames in all.pcap, from tshark and from frame_parse in the same form, to compare
# them; a .bats file loads it after ../recording.bash.

# Our names and tshark's. tshark counts header lengths in bytes, we in units of 4.
fields='destination_mac eth.dst source_mac eth.src ether_type eth.type
priority vlan.priority drop_eligible vlan.dei vlan_id vlan.id inner_type vlan.etype
hardware_type arp.hw.type protocol_type arp.proto.type hardware_length arp.hw.size protocol_length arp.proto.size
operation arp.opcode sender_mac arp.src.hw_mac sender_ip arp.src.proto_ipv4 target_mac arp.dst.hw_mac
target_ip arp.dst.proto_ipv4 version ip.version header_length ip.hdr_len type_of_service ip.dsfield
total_length ip.len identification ip.id ip_flags ip.flags fragment_offset ip.frag_offset time_to_live ip.ttl
protocol ip.proto header_checksum ip.checksum source_ip ip.src destination_ip ip.dst
type icmp.type code icmp.code checksum icmp.checksum source_port udp.srcport
destination_port udp.dstport length udp.length checksum udp.checksum source_port tcp.srcport
destination_port tcp.dstport sequence_number tcp.seq_raw acknowledgement_number tcp.ack_raw
tcp_header_length tcp.hdr_len flags tcp.flags window tcp.window_size_value checksum tcp.checksum
urgent_pointer tcp.urgent_pointer tcp_options tcp.options'

# theirs: a line for each field, "FRAME tshark.name value", without the headers inside an ICMP error.
theirs() {
  local names
  names=$(tr ' ' '\n' <<<"$fields" | grep -F .)
  # shellcheck disable=SC2046,SC2086  # words are wanted
  recorded frame frame.number $(printf -- '-e %s ' $names) -o ip.defragment:FALSE -E occurrence=f -E header=y |
    awk -F '\t' 'NR == 1 { for (i = 2; i <= NF; i++) name[i] = $i; next }
      { for (i = 2; i <= NF; i++) if ($i != "") print $1, name[i], $i }' |
    awk '$2 == "icmp.type" && $3 == 3 { error[$1] = 1 } { line[NR] = $0; frame[NR] = $1; name[NR] = $2 }
      END { for (i = 1; i <= NR; i++) if (!(error[frame[i]] && name[i] ~ /^(udp|tcp)/)) print line[i] }' |
    sed 's/ True$/ 1/; s/ False$/ 0/' | sort # words since 4.2
}

# ours: the same from the output of frame_parse, in tshark's names and numbers.
ours() {
  frame_parse file all.pcap | awk -v fields="$fields" '
    BEGIN { n = split(fields, words, /[ \n]+/); for (i = 1; i < n; i += 2) { split(words[i + 1], part, "."); theirs[part[1] "," words[i]] = words[i + 1] }
      split("FIN SYN RST PSH ACK URG ECE CWR", names, " "); for (i in names) bit[names[i]] = 2 ^ (i - 1); bit["MF"] = 1; bit["DF"] = 2 }
    /^frame / { frame = $2 + 0 }
    $1 ~ /^(link|network|transport)$/ && $2 != "padding" {
      header = $2 == "ethernet" ? "eth" : $2 == "ipv4" ? "ip" : $2
      for (i = 3; i <= NF && $i !~ /^\(/; i++) {
        split($i, pair, "="); name = theirs[header "," pair[1]]; value = pair[2]
        if (name == "") continue
        if (name ~ /hdr_len$/) value *= 4
        if (name == "tcp.flags" || name == "ip.flags") {
          count = value == "none" ? 0 : split(value, set, ","); value = 0
          for (j = 1; j <= count; j++) value += bit[set[j]]
          value = sprintf(name == "ip.flags" ? "0x%02x" : "0x%04x", value)
        }
        if (name == "ip.id") value = sprintf("0x%04x", value)
        if (name == "ip.dsfield") value = sprintf("0x%02x", value)
        print frame, name, value
      } }' | sort
}

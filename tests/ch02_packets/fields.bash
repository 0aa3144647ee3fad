# fields.bash - frames in hex as a capture, all.pcap, and its fields, from tshark and from frame_parse in the same
# form, to compare them; a .bats file loads it after ../recording.bash.

# bytes HEX: as bytes.
bytes() { printf '%b' "$(fold -w 2 <<<"$1" | sed 's/^/\\x/' | tr -d '\n')"; }

# pcap LINK FRAME...: writes all.pcap, big-endian, with these frames in hex. "HEX+20": it has cut off 20 bytes.
pcap() {
  local file frame size cut
  printf -v file 'a1b2c3d4 00020004 00000000 00000000 00040000 %08x' "$1"
  for frame in "${@:2}"; do
    cut=${frame#"${frame%+*}"}
    frame=${frame%+*} size=$((${#frame} / 2))
    printf -v file '%s 00000000 00000000 %08x %08x %s' "$file" "$size" $((size + cut)) "$frame"
  done
  bytes "${file// /}" >all.pcap
}

# tagged HEX TAG: the frame with a tag, TYPE and ID, after its MAC addresses.
tagged() { echo "${1:0:24}$2${1:24}"; }

# agrees: tshark finds the same fields in all.pcap, at least so many.
agrees() {
  theirs >theirs
  ours >ours
  diff theirs ours && (($(wc -l <ours) >= $1))
}

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

# Those of IPv6, for a test that says fields+=" $fields6". HEADER:NAME if tshark has another name for the header.
fields6='version ipv6.version traffic_class ipv6.tclass flow_label ipv6.flow payload_length ipv6.plen
next_header ipv6.nxt hop_limit ipv6.hlim source_ip ipv6.src destination_ip ipv6.dst
hop_by_hop:extension_next_header ipv6.hopopts.nxt hop_by_hop:extension_length ipv6.hopopts.len
routing:extension_next_header ipv6.routing.nxt routing:extension_length ipv6.routing.len
destination:extension_next_header ipv6.dstopts.nxt destination:extension_length ipv6.dstopts.len
fragment:fragment_next_header ipv6.fraghdr.nxt fragment:fragment_reserved ipv6.fraghdr.reserved_octet
fragment:fragment_offset ipv6.fraghdr.offset fragment:fragment_flags ipv6.fraghdr.more
fragment:identification ipv6.fraghdr.ident
type icmpv6.type code icmpv6.code checksum icmpv6.checksum identifier icmpv6.echo.identifier
sequence icmpv6.echo.sequence_number mtu icmpv6.mtu pointer icmpv6.pointer
router_hop_limit icmpv6.nd.ra.cur_hop_limit preference icmpv6.nd.ra.flag.prf
router_lifetime icmpv6.nd.ra.router_lifetime reachable_time icmpv6.nd.ra.reachable_time
retransmit_time icmpv6.nd.ra.retrans_timer redirected_ip icmpv6.rd.na.destination_address
- icmpv6.nd.ns.target_address - icmpv6.nd.na.target_address - icmpv6.nd.rd.target_address - icmpv6.nd.na.flag.r - icmpv6.nd.na.flag.s - icmpv6.nd.na.flag.o - icmpv6.nd.ra.flag.m - icmpv6.nd.ra.flag.o
- icmpv6.nd.ra.flag.h option:option_type icmpv6.opt.type option:option_length icmpv6.opt.length
option:link_address icmpv6.opt.linkaddr'

# theirs: a line for each field, "FRAME tshark.name value", without the headers inside an ICMP error.
theirs() {
  local names
  names=$(tr ' ' '\n' <<<"$fields" | grep -F .)
  # shellcheck disable=SC2046,SC2086  # words are wanted
  recorded frame frame.number $(printf -- '-e %s ' $names) -o ip.defragment:FALSE -o ipv6.defragment:FALSE -E occurrence=f -E header=y |
    awk -F '\t' 'NR == 1 { for (i = 2; i <= NF; i++) name[i] = $i; next }
      { for (i = 2; i <= NF; i++) if ($i != "") print $1, name[i], $i }' |
    awk '($2 == "icmp.type" && $3 == 3) || ($2 == "icmpv6.type" && $3 < 128) { error[$1] = 1 } { line[NR] = $0; frame[NR] = $1; name[NR] = $2 }
      END { for (i = 1; i <= NR; i++) if (!(error[frame[i]] && name[i] ~ /^(udp|tcp|icmpv6.echo)/)) print line[i] }' |
    sed '/ ip.version 6$/d; s/ True$/ 1/; s/ False$/ 0/' | sort # IPv6 has that field too; words since 4.2
}

# ours: the same from the output of frame_parse, in tshark's names and numbers.
ours() {
  frame_parse file all.pcap | awk -v fields="$fields" '
    BEGIN { n = split(fields, words, /[ \n]+/); for (i = 1; i < n; i += 2) { split(words[i + 1], part, "."); split(words[i], own, ":"); theirs[own[2] ? own[1] "," own[2] : part[1] "," own[1]] = words[i + 1] }
      split("FIN SYN RST PSH ACK URG ECE CWR", names, " "); for (i in names) bit[names[i]] = 2 ^ (i - 1); bit["MF"] = 1; bit["DF"] = 2
      hex["ip.id"] = 4; hex["ip.dsfield"] = 2; hex["ipv6.tclass"] = 8; hex["ipv6.flow"] = 6; hex["ipv6.fraghdr.ident"] = 8
      hex["ipv6.fraghdr.reserved_octet"] = 2; hex["icmpv6.echo.identifier"] = 4
      nd[134] = "ra"; nd[135] = "ns"; nd[136] = "na"; nd[137] = "rd"
      nd_flags[134] = "managed m other o home_agent h"; nd_flags[136] = "router r solicited s override o" }
    /^frame / { frame = $2 + 0 }
    $1 ~ /^(link|network|transport)$/ && $2 != "padding" {
      header = $2 == "ethernet" ? "eth" : $2 == "ipv4" ? "ip" : $2
      for (i = 3; i <= NF && $i !~ /^\(/; i++) {
        split($i, pair, "="); name = theirs[header "," pair[1]]; value = pair[2]
        if (header == "icmpv6" && pair[1] == "type") type = value
        if (header == "icmpv6" && pair[1] == "target_ip") name = "icmpv6.nd." nd[type] ".target_address"
        if (header == "icmpv6" && pair[1] == "flags") {
          count = split(nd_flags[type], set, " ")
          for (j = 1; j < count; j += 2) print frame, "icmpv6.nd." nd[type] ".flag." set[j + 1], index(value, set[j]) ? 1 : 0
        }
        if (name == "ipv6.fraghdr.more") value = index(value, "MF") ? 1 : 0
        if (name in hex) value = sprintf("0x%0" hex[name] "x", value)
        if (name == "") continue
        if (name ~ /hdr_len$/) value *= 4
        if (name == "tcp.flags" || name == "ip.flags") {
          count = value == "none" ? 0 : split(value, set, ","); value = 0
          for (j = 1; j <= count; j++) value += bit[set[j]]
          value = sprintf(name == "ip.flags" ? "0x%02x" : "0x%04x", value)
        }
        print frame, name, value
      } }' | sort
}

#!/usr/bin/env bats
# Broadcast and multicast between the networks of the lab.

setup() {
  load ../harness.bash
  load ../lab.bash
  use_lab routed
}

# receiver N: on host hN, which has the address 10.1.N.2.
receiver() { start "h$1" "h$1" "$(program ch14_multicast/multicast_receiver)" 9190 239.1.1.1 --interface "10.1.$1.2" "${@:2}"; }
# router TO...: and waits until the kernel knows each of its interfaces.
router() {
  in_background r router.log "$(program ch14_multicast/multicast_router)" 239.1.1.1 10.1.1.1 "$@"
  patience=10 eventually router_has $(($# + 1))
}
router_has() { on r awk -v interfaces="$1" '$2 ~ /^r/ { ++seen } END { exit seen != interfaces }' /proc/net/ip_mr_vif; }
# refused WHAT: our router has said so.
refused() { is_stranger ch14_multicast/multicast_router || says router "^not routed: $1\$"; }
send() { did "h1 sent to 239.1.1.1: $*" && "$(program ch14_multicast/multicast_sender)" 239.1.1.1 9190 --interface 10.1.1.2 "${@:2}" <<<"$1"; }

# hint: Tell the kernel the interfaces (MRT_ADD_VIF), and answer its question about the first packet by a route (MRT_ADD_MFC).
# page: ch14_multicast/README.md#through-a-router
# judges: ch14_multicast/multicast_router
# bats test_tags=first
@test "multicast passes a router that routes it, if the TTL is 2" {
  scene() {
    receiver 2
    receiver 3
    send "not routed" --ttl 2
    router 10.1.2.1
    send "short" --ttl 1
    send "far" --ttl 2
    says h2 far
    pause 0.2
  }
  play scene
  never_said h2 'not routed|short'
  never_said h3 '^from'
  is_stranger ch14_multicast/multicast_router || grep -qx 'routed: 10.1.1.2 to 239.1.1.1, from 10.1.1.1' router.log
}

# hint: A route has a TTL for each interface that gets a copy. The kernel makes the copies.
# page: ch14_multicast/README.md#through-a-router
# judges: ch14_multicast/multicast_router
@test "one frame goes in and two come out, with a TTL smaller by 1" {
  scene() {
    local side
    capture h1 v1
    capture r r1
    capture h2 v2
    capture h3 v3
    receiver 2
    receiver 3
    router 10.1.2.1 10.1.3.1
    send copied --ttl 5
    says h2 copied
    says h3 copied
    for side in r1 v2 v3; do
      passes "$side" 'protocol 17'
      frames "$side" | sed -n "s/^.*\\(ttl .* 239.1.1.1\\) .*/$side \\1/p"
    done
    # None goes back: a later datagram to h1 comes alone.
    on r socat -u - UDP:10.1.1.2:9190,shut-none <<<later
    passes v1 'protocol 17 10.1.1.1 > 10.1.1.2'
    ! frames_hold v1 'ttl 4 protocol 17' || echo "v1 got a copy"
  }
  play scene
  assert_output "r1 ttl 5 protocol 17 10.1.1.2 > 239.1.1.1
v2 ttl 4 protocol 17 10.1.1.2 > 239.1.1.1
v3 ttl 4 protocol 17 10.1.1.2 > 239.1.1.1"
}

@test "multicast is UDP to an Ethernet address made from the group" {
  scene() {
    capture r r1
    send hello
    passes r1 'protocol 17'
    frames r1 | grep 'protocol 17' | cut -d ' ' -f 1-8
  }
  play scene
  assert_output "01:00:5e:01:01:01 ttl 1 protocol 17 10.1.1.2 > 239.1.1.1"
}

# hint: The kernel asks about every group. Give a route with copies to your own group only.
# page: ch14_multicast/README.md#through-a-router
# judges: ch14_multicast/multicast_router
@test "a group that is not routed is not copied" {
  scene() {
    start h2 h2 "$(program ch14_multicast/multicast_receiver)" 9190 239.1.1.1 239.2.2.2 --interface 10.1.2.2
    router 10.1.2.1
    "$(program ch14_multicast/multicast_sender)" 239.2.2.2 9190 --interface 10.1.1.2 --ttl 2 <<<other
    refused '10.1.1.2 to 239.2.2.2, from 10.1.1.1'
    send ours --ttl 2
    says h2 ours
  }
  play scene
  never_said h2 other
}

# hint: A route belongs to the interface where the packets come in. Copy only what comes in where you were told.
# page: ch14_multicast/README.md#through-a-router
# judges: ch14_multicast/multicast_router
@test "packets from another interface are not copied" {
  scene() {
    receiver 3
    router 10.1.2.1 10.1.3.1
    on h2 "$(program ch14_multicast/multicast_sender)" 239.1.1.1 9190 --interface 10.1.2.2 --ttl 2 <<<sideways
    refused '10.1.2.2 to 239.1.1.1, from 10.1.2.1'
    send onwards --ttl 2
    says h3 onwards
  }
  play scene
  never_said h3 sideways
}

# A report of IGMP version 2 goes to the group itself, so the router's socket gets it.
# hint: The socket gets IGMP packets too. In a question of the kernel the protocol of the IP header is 0.
# page: ch14_multicast/README.md#through-a-router
# judges: ch14_multicast/multicast_router
@test "the router does not take a member's report for a question of the kernel" {
  scene() {
    on h2 bash -c 'echo 2 >/proc/sys/net/ipv4/conf/v2/force_igmp_version'
    capture r r2
    router 10.1.2.1
    receiver 2
    passes r2 'protocol 2 10.1.2.2 > 239.1.1.1 16 00'
    send far --ttl 2
    says h2 far
  }
  play scene
  is_stranger ch14_multicast/multicast_router || assert_equal "$(<router.log)" "ready
routed: 10.1.1.2 to 239.1.1.1, from 10.1.1.1"
}

@test "when the router program ends, nothing is copied any more" {
  scene() {
    receiver 2
    router 10.1.2.1
    local router=$!
    send first --ttl 2
    says h2 first
    kill "$router"
    wait "$router" || [[ $? == 143 ]]
    send second --ttl 2
    router 10.1.2.1
    send third --ttl 2
    says h2 third
  }
  play scene
  never_said h2 second
}

@test "a real routing daemon does the same" {
  scene() {
    receiver 2
    receiver 3
    printf '%s\n' 'phyint r1 enable' 'phyint r2 enable' 'phyint r3 enable' \
      'mgroup from r1 group 239.1.1.1' 'mroute from r1 group 239.1.1.1 to r2 r3' >smcroute.conf
    on r smcrouted -n -N -f smcroute.conf -P /run/smcroute.pid -u /run/smcroute.sock >daemon.log 2>&1 &
    eventually test -S /run/smcroute.sock
    send short --ttl 1
    send far --ttl 2
    says h2 far
    says h3 far
  }
  play scene
  never_said h2 short
  never_said h3 short
}

# A report of IGMP version 3 has type 22. Its record says 4 (wants all senders but nobody) or 3
# (wants nobody); then comes the group, 239.1.1.1.
@test "joining and leaving are reported by IGMP" {
  local report='^01:00:5e:00:00:16 ttl 1 protocol 2 10\.1\.2\.2 > 224\.0\.0\.22 22 00 .. .. 00 00 00 01'
  scene() {
    capture r r2
    receiver 2 --leave-after 1
    passes r2 "$1 04 00 00 00 ef 01 01 01"
    ! frames_hold r2 "$1 03 00 00 00 ef 01 01 01" || exit 1
    on r "$(program ch14_multicast/multicast_sender)" 239.1.1.1 9190 --interface 10.1.2.1 <<<leave
    passes r2 "$1 03 00 00 00 ef 01 01 01"
  }
  play scene "$report"
}

# The router sends, because it has several interfaces. h1 is there to tell that h2's messages went to h2 alone. The last
# sender is not ours and sets neither TTL nor loop: so it shows what the kernel takes.
# hint: --interface is IP_MULTICAST_IF, --ttl is IP_MULTICAST_TTL, --loop is IP_MULTICAST_LOOP; they take effect on what you send afterwards.
# page: ch14_multicast/README.md#the-senders-own-host-and-the-interface
# judges: ch14_multicast/multicast_sender
@test "the sender chooses the interface, how far it goes, and whether its own host gets a copy" {
  scene() {
    receiver 1
    receiver 2
    start r r "$(program ch14_multicast/multicast_receiver)" 9190 239.1.1.1 --interface 10.1.2.1
    capture h2 v2
    from_router others 10.1.2.1 --loop 0 --ttl 7
    from_router all 10.1.2.1
    from_router elsewhere 10.1.1.1
    says h2 all
    says r all
    says h1 elsewhere
    on r socat -u - UDP4-DATAGRAM:239.1.1.1:9190,ip-multicast-if=10.1.2.1,shut-none <<<unset
    says h2 unset
    says r unset
    eventually all_frames
    frames v2 | sed -n 's/.*\(ttl .* 239.1.1.1\) .*/\1/p'
  }
  from_router() { on r "$(program ch14_multicast/multicast_sender)" 239.1.1.1 9190 --interface "$2" "${@:3}" <<<"$1"; }
  all_frames() { (($(frames v2 | grep -c 'protocol 17') == 3)); }
  play scene
  assert_output "ttl 7 protocol 17 10.1.2.1 > 239.1.1.1
ttl 1 protocol 17 10.1.2.1 > 239.1.1.1
ttl 1 protocol 17 10.1.2.1 > 239.1.1.1"
  grep -q others h2.log
  never_said r others
  never_said h1 'others|all'
  never_said h2 elsewhere
}

@test "a broadcast stays in its network" {
  scene() {
    local host to
    for host in h1 h2 h3 r; do
      start "$host" "$host" "$(program ch14_multicast/broadcast_receiver)" 9190 0.0.0.0
    done
    for to in 255.255.255.255 10.1.1.255 10.1.2.255; do
      "$(program ch14_multicast/broadcast_sender)" "$to" 9190 <<<"to $to"
    done
    says r 'to 10.1.2.255'
    says h1 'to 10.1.1.255'
    pause 0.2
  }
  play scene
  run -0 sed -n 's/^from 10\.1\.1\.2:.*: //p' r.log
  assert_output "to 255.255.255.255
to 10.1.1.255
to 10.1.2.255"
  never_said h2 '^from'
  never_said h3 '^from'
}

# judges: ch14_multicast/broadcast_sender
@test "without SO BROADCAST a network's own broadcast address is refused too" {
  private_networks_or_skip
  run -1 lab h1 -- "$(program ch14_multicast/broadcast_sender)" 10.1.1.255 9190 plain <<<hello
  assert_line "broadcast_sender: sendto 10.1.1.255:9190: Permission denied"
}

@test "a host has one multicast router" {
  scene() {
    router 10.1.2.1
    on r "$(program ch14_multicast/multicast_router)" 239.1.1.1 10.1.1.1 10.1.2.1 >second.log 2>&1 || echo "status $?" >>second.log
  }
  play scene
  run -0 cat second.log
  assert_output "multicast_router: setsockopt MRT_INIT: Address already in use
this host has a multicast router already
status 1"
}

@test "a router with a wrong address or without rights gets a clear error" {
  private_networks_or_skip
  run -1 lab r -- "$(program ch14_multicast/multicast_router)" 239.1.1.1 10.1.1.1 10.1.9.9
  assert_line --index 0 "multicast_router: setsockopt MRT_ADD_VIF 10.1.9.9: Cannot assign requested address"
  run -1 unshare --map-user=1000 "$(program ch14_multicast/multicast_router)" 239.1.1.1 10.1.1.1 10.1.2.1
  assert_line --index 0 "multicast_router: socket: Operation not permitted"
  assert_line --index 1 --partial "unshare -rn bash"
  run -2 client ch14_multicast/multicast_router 239.1.1.1 10.1.1.1
  assert_line --index 0 "multicast_router: GROUP, FROM and TO are needed"
  run -2 client ch14_multicast/multicast_router 239.1.1.1 10.1.1.1 r2
  assert_line --index 0 "multicast_router: not an IPv4 address: 'r2'"
}

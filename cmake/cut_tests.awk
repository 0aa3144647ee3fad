# cut_tests.awk - cuts .bats files into files of one @test each, because bats reads a whole file,
# line by line and several times, for every test that it runs.
#
#   awk -v tests=FOLDER -v out=FOLDER -f cut_tests.awk [echo_servers.tsv] FILE.bats...
#
# Runs in the folder of the tests. Writes OUT/ch04_tcp.echo/1.bats and so on, with each line at its
# number in the source, and prints a line for each CTest entry:
#
#   ch04_tcp.echo|a line comes back|ch04_tcp.echo/1.bats|variables for it
#
# A test of echo_contract.bats makes an entry for each server of the table whose model must pass it.

function fail(what) {
  print "tests/" file ": " what >"/dev/stderr"
  failed = 1
  exit 1
}

function quoted(text) {
  gsub(/'/, "'\\''", text)
  return "'" text "'"
}

FILENAME ~ /\.tsv$/ {
  if ($0 !~ /^#/) {
    split($0, field, "\t")
    server[++servers] = $0
    owes[field[1]] = "first " (field[3] == "concurrent" ? "at_once crowd" : field[3] == "pool" ? "at_once" : "")
  }
  next
}

FNR == 1 {
  cut_file()
  file = FILENAME
  lines = count = 0
}

FNR == 1 && !/^#/ { fail("the first line must be a comment: the parts use it to say where they come from") }

{ line[++lines] = $0 }

END {
  if (failed) exit 1
  cut_file()
}

# cut_file: cuts the file that has been read, test by test.
function cut_file(    i, group, tag) {
  if (!lines) return
  group = file
  sub(/\.bats$/, "", group)
  gsub("/", ".", group)
  split("", owner)
  inside = 0
  for (i = 1; i <= lines; i++) {
    if (line[i] ~ /^# bats test_tags=/) tag = substr(line[i], 18)
    if (line[i] ~ /^ *@test /) {
      if (line[i] !~ /^@test "[-A-Za-z0-9 ,']+" {$/)
        fail("keep a test's name to letters, digits, spaces, commas, hyphens and apostrophes: " line[i])
      inside = ++count
      name[count] = substr(line[i], 8, length(line[i]) - 10)
      tags[count] = tag
      tag = ""
    }
    owner[i] = inside
    if (inside && line[i] == "}") {
      last[inside] = i
      inside = 0
    }
  }
  for (i = 1; i <= count; i++) {
    cut(i, group)
    if (group == "echo_contract") enter_for_servers(i)
    else print group "|" name[i] "|" group "/" i ".bats|"
  }
}

# cut(NUMBER): writes its lines and those outside of tests; the lines of other tests become empty, or
# vanish at the end of the file.
function cut(number, group,    i, to) {
  to = out "/" group "/" number ".bats"
  print "BATS_TEST_DIRNAME=" quoted(folder_of(tests "/" file)) " source_file=" quoted(tests "/" file) >to
  for (i = 2; i <= lines; i++) {
    if (!owner[i] || owner[i] == number) print line[i] >to
    else if (i < last[number]) print "" >to
  }
  close(to)
}

function folder_of(path) {
  sub(/\/[^\/]*$/, "", path)
  return path
}

function enter_for_servers(number,    i, field) {
  for (i = 1; i <= servers; i++) {
    split(server[i], field, "\t")
    if (!tags[number] || index(owes[field[1]], tags[number]))
      print field[1] "|" name[number] "|echo_contract/" number ".bats|SERVER=" field[2] " ON_TERM=" field[4] " ON_INT=" field[5]
  }
}

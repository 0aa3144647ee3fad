# course_chapter(PROGRAM... [SOURCES FILE...]): in a chapter's CMakeLists.txt; the programs in reading
# order. One executable for each, named ch04_tcp.echo_server, and a target ch04_tcp for all of them.
# SOURCES are files that its programs share: a library, ch08_names.sources.
function(course_chapter)
  cmake_parse_arguments(PARSE_ARGV 0 own "" "" SOURCES)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME chapter)
  add_custom_target(${chapter})
  set(libraries common)
  if(own_SOURCES)
    add_library(${chapter}.sources STATIC ${own_SOURCES})
    target_link_libraries(${chapter}.sources PUBLIC common)
    set(libraries ${chapter}.sources)
  endif()
  foreach(program IN LISTS own_UNPARSED_ARGUMENTS)
    add_executable(${chapter}.${program} ${program}.cpp)
    target_link_libraries(${chapter}.${program} PRIVATE ${libraries})
    set_target_properties(${chapter}.${program} PROPERTIES OUTPUT_NAME ${program})
    add_dependencies(${chapter} ${chapter}.${program})
  endforeach()
endfunction()

# course_tests(): in tests/CMakeLists.txt; one CTest entry for each @test of a .bats file, named
# ch04_tcp.echo.a line comes back (cut_tests.awk says how). Each server in echo_servers.tsv has the
# tests of echo_contract.bats as entries. setpriv and timeout end what a killed ctest leaves behind; at
# SIGINT bats says where it was. (BATS_TEST_TIMEOUT is not used: its watcher may be killed before it
# has set its trap, and then bats waits for a sleep.)
function(course_tests)
  find_program(BATS bats)
  find_path(BATS_ASSERT bats-assert/load.bash HINTS ENV BATS_LIB_PATH
    PATHS /usr/lib/bats /usr/lib /usr/local/lib /usr/lib/node_modules /usr/local/lib/node_modules)
  if(NOT BATS OR NOT BATS_ASSERT)
    message(STATUS "bats or bats-assert is missing: the programs build, their tests do not run (./course setup)")
    return()
  endif()
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/tmp)
  set(built ${PROJECT_BINARY_DIR}/tests)
  execute_process(OUTPUT_FILE ${built}/assert.bash COMMAND_ERROR_IS_FATAL ANY
    COMMAND sh -c [[cat "$1"/bats-support/src/*.bash "$1"/bats-assert/src/*.bash | grep -v '^ *#']] - ${BATS_ASSERT})
  execute_process(COMMAND sh -c "test -p quiet || mkfifo quiet" WORKING_DIRECTORY ${built} COMMAND_ERROR_IS_FATAL ANY)

  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.bats)
  foreach(file IN LISTS files)
    string(REGEX REPLACE "\\.bats$" "" group ${file})
    string(REPLACE "/" "." group ${group})
    file(MAKE_DIRECTORY ${built}/cut/${group})
  endforeach()
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/echo_servers.tsv)
    list(PREPEND files echo_servers.tsv)
  endif()
  set(awk ${PROJECT_SOURCE_DIR}/cmake/cut_tests.awk)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files} ${awk})
  execute_process(WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_FILE ${built}/entries RESULT_VARIABLE failed
    COMMAND awk -v tests=${CMAKE_CURRENT_SOURCE_DIR} -v out=${built}/cut -f ${awk} ${files})
  if(failed)
    message(FATAL_ERROR "the tests cannot be registered; the reason is above")
  endif()
  # The address sanitizer keeps freed memory for a while; the tests of memory would count it.
  set(sanitizer "ASAN_OPTIONS=quarantine_size_mb=1")
  file(STRINGS ${built}/entries entries)
  foreach(entry IN LISTS entries)
    string(REPLACE "|" ";" entry "${entry}")
    list(GET entry 0 group)
    list(GET entry 1 name)
    list(GET entry 2 file)
    list(GET entry 3 variables)
    string(REPLACE " " ";" variables "${variables}")
    string(REGEX REPLACE "\\..*" "" label ${group})
    add_test(NAME "${group}.${name}"
      COMMAND setpriv --pdeathsig TERM -- timeout -s INT -k 5 90 ${BATS} --tap ${built}/cut/${file})
    set_tests_properties("${group}.${name}" PROPERTIES LABELS ${label} TIMEOUT 110
      ENVIRONMENT "BUILD_DIR=${PROJECT_BINARY_DIR};TMPDIR=${PROJECT_BINARY_DIR}/tmp;LC_ALL=C;${sanitizer};${variables}"
      ENVIRONMENT_MODIFICATION "SHELLOPTS=unset:;BASHOPTS=unset:;BASH_ENV=unset:;POSIXLY_CORRECT=unset:;CDPATH=unset:"
      SKIP_REGULAR_EXPRESSION "\nok 1 [^\n]* # skip")
    if(label STREQUAL "course")
      set_tests_properties("${group}.${name}" PROPERTIES RESOURCE_LOCK course)
    endif()
  endforeach()
endfunction()

# course_unit_tests(FILE): one CTest entry for each TEST_CASE of a doctest file, named
# common.a descriptor is closed exactly once, or ch08_names.dns_message.a loop of pointers is malformed.
function(course_unit_tests file)
  find_path(DOCTEST doctest/doctest.h)
  if(NOT DOCTEST)
    message(STATUS "doctest is missing: no unit tests (./course setup)")
    return()
  endif()
  cmake_path(GET file STEM program)
  cmake_path(GET file PARENT_PATH label)
  string(REGEX REPLACE "_test$" "" group ${program})
  if(NOT group STREQUAL label)
    string(PREPEND group "${label}.")
  endif()
  add_executable(tests.${program} ${file})
  target_link_libraries(tests.${program} PRIVATE common $<TARGET_NAME_IF_EXISTS:${label}.sources>)
  set_target_properties(tests.${program} PROPERTIES OUTPUT_NAME ${program})
  add_dependencies(tools tests.${program})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} lines REGEX "^TEST_CASE")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^TEST_CASE\\(\"([A-Za-z0-9_ '-]+)\"\\) {$")
      message(FATAL_ERROR "tests/${file}: a filter cannot carry this name of a test: ${line}")
    endif()
    add_test(NAME "${group}.${CMAKE_MATCH_1}" COMMAND tests.${program} "--test-case=${CMAKE_MATCH_1}")
    set_tests_properties("${group}.${CMAKE_MATCH_1}" PROPERTIES LABELS ${label} TIMEOUT 60
      FAIL_REGULAR_EXPRESSION "test cases: *0 ")
  endforeach()
endfunction()

# course_chapter(PROGRAM...): in a chapter's CMakeLists.txt; one executable a program, named
# ch04_tcp.echo_server, and a target ch04_tcp for all of them.
function(course_chapter)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME chapter)
  add_custom_target(${chapter})
  foreach(program IN LISTS ARGN)
    add_executable(${chapter}.${program} ${program}.cpp)
    target_link_libraries(${chapter}.${program} PRIVATE common)
    set_target_properties(${chapter}.${program} PROPERTIES OUTPUT_NAME ${program})
    add_dependencies(${chapter} ${chapter}.${program})
  endforeach()
endfunction()

# course_tests(): in tests/CMakeLists.txt; one CTest entry for each @test of a .bats file, named
# ch04_tcp.echo.a line comes back. A filter that matches nothing passes, hence the checks of the name
# and of "1..0". setpriv and timeout end what a killed ctest leaves behind.
function(course_tests)
  find_program(BATS bats)
  if(NOT BATS)
    message(STATUS "bats is missing: the programs build, their tests do not run (./course setup)")
    return()
  endif()
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/tmp)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.bats)
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(STRINGS ${file} lines REGEX "^ *@test ")
    string(REGEX REPLACE "\\.bats$" "" group ${file})
    string(REPLACE "/" "." group ${group})
    string(REGEX REPLACE "\\..*" "" label ${group})
    foreach(line IN LISTS lines)
      if(NOT line MATCHES "^@test \"([A-Za-z0-9 ,'-]+)\" {$")
        message(FATAL_ERROR "tests/${file}: keep a test's name to letters, digits, spaces, commas, "
                            "hyphens and apostrophes: ${line}")
      endif()
      set(name "${group}.${CMAKE_MATCH_1}")
      add_test(NAME "${name}" COMMAND setpriv --pdeathsig TERM -- timeout -k 2 100
        ${BATS} --tap --filter "^${CMAKE_MATCH_1}$" ${CMAKE_CURRENT_SOURCE_DIR}/${file})
      set_tests_properties("${name}" PROPERTIES LABELS ${label} TIMEOUT 110
        ENVIRONMENT "BUILD_DIR=${PROJECT_BINARY_DIR};TMPDIR=${PROJECT_BINARY_DIR}/tmp;BATS_TEST_TIMEOUT=90"
        FAIL_REGULAR_EXPRESSION "(^|\n)1\\.\\.0" SKIP_REGULAR_EXPRESSION "\nok 1 [^\n]* # skip")
      if(label STREQUAL "course")
        set_tests_properties("${name}" PROPERTIES RESOURCE_LOCK course)
      endif()
    endforeach()
  endforeach()
endfunction()

# course_unit_tests(FILE): one CTest entry for each TEST_CASE of a doctest file, named
# common.a descriptor is closed exactly once.
function(course_unit_tests file)
  find_path(DOCTEST doctest/doctest.h)
  if(NOT DOCTEST)
    message(STATUS "doctest is missing: no unit tests (./course setup)")
    return()
  endif()
  cmake_path(GET file STEM program)
  add_executable(tests.${program} ${file})
  target_link_libraries(tests.${program} PRIVATE common)
  set_target_properties(tests.${program} PROPERTIES OUTPUT_NAME ${program})
  add_dependencies(tools tests.${program})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} lines REGEX "^TEST_CASE")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^TEST_CASE\\(\"([A-Za-z0-9_ '-]+)\"\\) {$")
      message(FATAL_ERROR "tests/${file}: a name of a test that a filter cannot carry: ${line}")
    endif()
    add_test(NAME "common.${CMAKE_MATCH_1}" COMMAND tests.${program} "--test-case=${CMAKE_MATCH_1}")
    set_tests_properties("common.${CMAKE_MATCH_1}" PROPERTIES LABELS common TIMEOUT 60
      FAIL_REGULAR_EXPRESSION "test cases: *0 ")
  endforeach()
endfunction()

# One warnings target, one way to declare a folder's library, test and benchmark.
add_library(voizk_warnings INTERFACE)
if(VOIZK_DEVELOPER)
  target_compile_options(voizk_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror
    $<$<BOOL:$<TARGET_PROPERTY:VOIZK_COUNTS_FIT>>:-Wno-shorten-64-to-32>)  # src/CMakeLists.txt says why
endif()

find_program(CCACHE ccache NO_CACHE)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# voizk_library(name [APART] [FILES a b ...] DEPS x y ... EXTERNAL libs...): target voizk_<name> of the files of the current folder whose names
# without extension are listed; without FILES, of all that no other target of the folder lists (declare that one first). DEPS are exactly the targets
# whose headers these files include: tools/check-dependencies compares. A target's sources are read as one, eight at a time, since most of what one
# costs is the headers that all of them include. APART: the files give different things the same name, so they are compiled one by one.
function(voizk_library name)
  cmake_parse_arguments(ARG "APART" "" "FILES;DEPS;EXTERNAL" ${ARGN})
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cc *.h *.inc)
  set(mine "")
  set(sources "")
  get_property(taken DIRECTORY PROPERTY VOIZK_TAKEN)
  foreach(file ${files})
    string(REGEX REPLACE "\\..*$" "" stem ${file})
    if((ARG_FILES AND stem IN_LIST ARG_FILES) OR (NOT ARG_FILES AND NOT stem IN_LIST taken))
      list(APPEND mine ${file})
      if(file MATCHES "\\.cc$")
        list(APPEND sources ${file})
      endif()
    endif()
  endforeach()
  set_property(DIRECTORY APPEND PROPERTY VOIZK_TAKEN ${ARG_FILES})
  if(sources)
    add_library(voizk_${name} STATIC ${sources})
    # Those that Highway reads once per target stay apart.
    list(FILTER sources INCLUDE REGEX "_simd\\.cc$")
    set_source_files_properties(${sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    if(ARG_APART)
      set_target_properties(voizk_${name} PROPERTIES UNITY_BUILD OFF)
    else()
      set_target_properties(voizk_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
      target_compile_options(voizk_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
    set(scope PUBLIC)
    target_link_libraries(voizk_${name} PRIVATE voizk_warnings)
  else()
    add_library(voizk_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(voizk_${name} ${scope} ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  target_compile_features(voizk_${name} ${scope} cxx_std_20)
  list(TRANSFORM ARG_DEPS PREPEND voizk_ OUTPUT_VARIABLE deps)
  target_link_libraries(voizk_${name} ${scope} ${deps} ${ARG_EXTERNAL})
  if(VOIZK_SCALAR)
    target_compile_definitions(voizk_${name} ${scope} VOIZK_SCALAR=1)
  endif()
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  set_property(GLOBAL PROPERTY VOIZK_DEPS_${name} ${ARG_DEPS})
  set_property(GLOBAL PROPERTY VOIZK_EXTERNAL_${name} ${ARG_EXTERNAL})
  set_property(GLOBAL APPEND_STRING PROPERTY VOIZK_TARGET_LIST "${name}|${folder}|${mine}|${ARG_DEPS}\n")
endfunction()

# Seconds after which ctest kills a test that hangs, many times what the slowest takes; tools/check-timeouts sees to it that every entry has a limit.
set(VOIZK_TEST_TIMEOUT 900)
# COST of an entry that takes all cores: ctest starts these first, then the longest (COST: its seconds), so that none runs on while a core is idle.
set(VOIZK_COST_ALL_CORES 1000)

# voizk_find_module(PREFIX module...): target PkgConfig::PREFIX by pkg-config, for EXTERNAL; cmake/public_libraries.cmake passes the module on.
function(voizk_find_module prefix)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET GLOBAL ${ARGN})
  list(JOIN ARGN " " modules)
  set_property(GLOBAL PROPERTY VOIZK_MODULE_${prefix} "${modules}")
endfunction()

# voizk_test(folder [APART a.cc ...] DEPS a b ...): one test program of all *_test.cc of the current folder, run as one ctest entry per program.
# APART: sources that cannot be read as one with the others, since they use a name of theirs; or ALL.
function(voizk_test name)
  cmake_parse_arguments(ARG "" "" "APART;DEPS;EXTERNAL" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_executable(${name}_test ${sources})
  list(TRANSFORM ARG_DEPS PREPEND voizk_)
  target_link_libraries(${name}_test PRIVATE voizk_warnings ${ARG_DEPS} ${ARG_EXTERNAL} GTest::gmock GTest::gtest GTest::gtest_main)
  # Compiling tests is most of ./test: little optimised, and many sources read as one. The libraries are as shipped.
  target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O1> $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  if(NOT ARG_APART STREQUAL "ALL")
    set_target_properties(${name}_test PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    set_source_files_properties(${ARG_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/tests
    ${PROJECT_BINARY_DIR}/generated)
  if(EMSCRIPTEN)
    set_target_properties(${name}_test PROPERTIES VOIZK_COUNTS_FIT ON)
    target_link_options(${name}_test PRIVATE -O1 -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH=1 -sEXIT_RUNTIME=1 -sTOTAL_STACK=4194304)
  endif()
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${VOIZK_TEST_TIMEOUT})
endfunction()

# voizk_bench(name DEPS ...): a Google Benchmark program of all *.cc of the current folder; ctest runs it once, so that it cannot rot.
function(voizk_bench name)
  cmake_parse_arguments(ARG "" "" "DEPS;EXTERNAL" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_executable(${name}_bench ${sources})
  list(TRANSFORM ARG_DEPS PREPEND voizk_)
  target_link_libraries(${name}_bench PRIVATE voizk_warnings ${ARG_DEPS} ${ARG_EXTERNAL} benchmark::benchmark benchmark::benchmark_main)
  target_include_directories(${name}_bench PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  if(VOIZK_TESTS)
    add_test(NAME bench_${name} COMMAND ${name}_bench --benchmark_min_time=0.001)
    set_tests_properties(bench_${name} PROPERTIES TIMEOUT ${VOIZK_TEST_TIMEOUT} PROCESSORS 2 COST ${VOIZK_COST_ALL_CORES})
  endif()
endfunction()

# Every folder below the current one, however deep, that has a CMakeLists.txt and no ancestor but the current folder that adds it itself.
macro(voizk_add_all_subfolders)
  file(GLOB_RECURSE voizk_children CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} */CMakeLists.txt)
  foreach(child ${voizk_children})
    get_filename_component(child_dir ${child} DIRECTORY)
    add_subdirectory(${child_dir})
  endforeach()
endmacro()

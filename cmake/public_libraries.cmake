# The libraries that other projects link: each one archive of all objects that its headers need, less those of the libraries it stands on.
#   voizk::verifier   the relying party: verify.h, challenge.h, credential.h, bundle.h, graph.h's VerifyNetwork, half of voizk.h; no prover
#   voizk::voizk      and the user: login.h, all of graph.h and voizk.h
#   voizk::audio      and recordings: audio.h
#   voizk::import     and ONNX files: import.h
# The same four serve add_subdirectory, find_package(voizk) and pkg-config (voizk-verifier, voizk, voizk-audio, voizk-import).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(voizk_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/voizk)
file(RELATIVE_PATH VOIZK_UP /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)  # from a .pc file to the prefix

# What an external dependency is called elsewhere: target | line of the package's config file | pkg-config module | linker flag for want of a module.
set(voizk_externals
  "hwy::hwy|find_dependency(hwy CONFIG)|libhwy|"
  "onnx_proto|voizk_find_library(onnx_proto)||-lonnx_proto"
  "OpenSSL::Crypto|find_dependency(OpenSSL COMPONENTS Crypto)|libcrypto|"
  "sodium||libsodium|"
  "Threads::Threads|find_dependency(Threads)||")
set(voizk_headers_only nlohmann_json::nlohmann_json)  # and no public header includes them

# voizk_reach(OUT name...): these internal libraries and all that they depend on.
function(voizk_reach out)
  set(found "")
  set(open ${ARGN})
  while(open)
    list(POP_FRONT open name)
    if(NOT name IN_LIST found)
      list(APPEND found ${name})
      get_property(deps GLOBAL PROPERTY VOIZK_DEPS_${name})
      list(APPEND open ${deps})
    endif()
  endwhile()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# voizk_public_library(name OF internal... ON public...)
function(voizk_public_library name)
  cmake_parse_arguments(ARG "" "" "OF;ON" ${ARGN})
  voizk_reach(contents ${ARG_OF})
  foreach(below ${ARG_ON})
    get_property(held GLOBAL PROPERTY VOIZK_CONTENTS_${below})
    list(REMOVE_ITEM contents ${held})
  endforeach()
  list(SORT contents)
  set_property(GLOBAL PROPERTY VOIZK_CONTENTS_${name} ${contents})

  set(file_name voizk-${name})
  if(name STREQUAL "voizk")
    set(file_name voizk)
  endif()
  set(target voizk_public_${name})
  set(objects "")
  set(externals "")
  foreach(internal ${contents})
    get_target_property(type voizk_${internal} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      list(APPEND objects $<TARGET_OBJECTS:voizk_${internal}>)
    endif()
    get_property(external GLOBAL PROPERTY VOIZK_EXTERNAL_${internal})
    list(APPEND externals ${external})
  endforeach()
  list(REMOVE_DUPLICATES externals)
  list(REMOVE_ITEM externals ${voizk_headers_only})

  add_library(${target} STATIC ${objects})
  add_library(voizk::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME ${file_name} EXPORT_NAME ${name}
    ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  list(TRANSFORM ARG_ON PREPEND voizk_public_ OUTPUT_VARIABLE below_targets)
  target_link_libraries(${target} PUBLIC ${below_targets} PRIVATE ${externals})

  set(finds "")
  set(flags "")
  list(TRANSFORM ARG_ON REPLACE "^([^v].*|verifier)$" "voizk-\\1" OUTPUT_VARIABLE modules)
  foreach(external ${externals})
    set(known "${voizk_externals}")
    list(FILTER known INCLUDE REGEX "^${external}[|]")
    if(external MATCHES "^PkgConfig::(.*)")
      get_property(module GLOBAL PROPERTY VOIZK_MODULE_${CMAKE_MATCH_1})
      if(NOT module)
        message(FATAL_ERROR "${external}: look for it by voizk_find_module, so that projects which link voizk::${name} can too")
      endif()
      set(known "${external}|pkg_check_modules(${CMAKE_MATCH_1} REQUIRED IMPORTED_TARGET ${module})|${module}|")
    elseif(NOT known)
      message(FATAL_ERROR "${external}: cmake/public_libraries.cmake has to say how projects which link voizk::${name} find it")
    endif()
    string(REGEX MATCH "^[^|]*[|]([^|]*)[|]([^|]*)[|](.*)$" matched "${known}")
    string(APPEND finds "${CMAKE_MATCH_1}\n")
    list(APPEND modules ${CMAKE_MATCH_2})
    list(APPEND flags ${CMAKE_MATCH_3})
  endforeach()

  # Installed as component `name`, so that a relying party's machine need not hold a prover.
  install(TARGETS ${target} EXPORT voizk-${name} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${name})
  install(EXPORT voizk-${name} NAMESPACE voizk:: DESTINATION ${voizk_package_dir} COMPONENT ${name})
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/package/find-${name}.cmake CONTENT "${finds}")
  list(JOIN modules " " VOIZK_REQUIRES)
  list(JOIN flags " " VOIZK_LIBS)
  set(VOIZK_FILE_NAME ${file_name})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/voizk.pc.in ${PROJECT_BINARY_DIR}/package/${file_name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/find-${name}.cmake DESTINATION ${voizk_package_dir} COMPONENT ${name})
  install(FILES ${PROJECT_BINARY_DIR}/package/${file_name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ${name})
endfunction()

if(NOT EMSCRIPTEN)
  set(voizk_device login_device)
  set(voizk_device_user login_device_user)
endif()
voizk_public_library(verifier OF login_relying_party ${voizk_device} network_statement network_imported)
voizk_public_library(voizk OF login_user ${voizk_device_user} network_prove ON verifier)
if(VOIZK_AUDIO)
  voizk_public_library(audio OF speech_audio ON verifier)
endif()
if(VOIZK_IMPORT)
  voizk_public_library(import OF network_importing ON voizk verifier)
endif()

write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/voizk-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/voizk-config.cmake ${PROJECT_BINARY_DIR}/package/voizk-config-version.cmake
  DESTINATION ${voizk_package_dir} COMPONENT verifier)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/voizk DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT verifier)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT verifier)

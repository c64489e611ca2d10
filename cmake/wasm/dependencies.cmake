# What the WebAssembly build stands on, under the names that find_package gives elsewhere: the headers of Highway and nlohmann-json as Debian
# installs them, and libsodium and libsoxr from Debian's source, which tools/get-debian-source has laid into the build folder.
set(headers ${PROJECT_BINARY_DIR}/headers)  # /usr/include as a whole holds the host's C library
file(MAKE_DIRECTORY ${headers})
foreach(folder hwy nlohmann)
  if(NOT IS_DIRECTORY /usr/include/${folder})
    message(FATAL_ERROR "/usr/include/${folder} is missing: tools/install-packages run")
  endif()
  file(CREATE_LINK /usr/include/${folder} ${headers}/${folder} SYMBOLIC)
endforeach()
foreach(target hwy::hwy nlohmann_json::nlohmann_json)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${headers})
endforeach()

execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/get-debian-source libsodium ${PROJECT_BINARY_DIR}/libsodium COMMAND_ERROR_IS_FATAL ANY)
set(SODIUM ${PROJECT_BINARY_DIR}/libsodium/src/libsodium)
set(VERSION 1.0.18)
set(SODIUM_LIBRARY_VERSION_MAJOR 10)
set(SODIUM_LIBRARY_VERSION_MINOR 3)
set(SODIUM_LIBRARY_MINIMAL_DEF "")
configure_file(${SODIUM}/include/sodium/version.h.in ${SODIUM}/include/sodium/version.h @ONLY)
# The portable sources of what we call, and of what sodium_init calls.
set(sources
  crypto_aead/xchacha20poly1305/sodium/aead_xchacha20poly1305.c crypto_core/hchacha20/core_hchacha20.c
  crypto_core/salsa/ref/core_salsa_ref.c crypto_core/ed25519/ref10/ed25519_ref10.c
  crypto_generichash/blake2b/ref/blake2b-compress-ref.c crypto_generichash/blake2b/ref/blake2b-ref.c
  crypto_generichash/blake2b/ref/generichash_blake2b.c crypto_hash/sha256/cp/hash_sha256_cp.c
  crypto_onetimeauth/poly1305/donna/poly1305_donna.c crypto_onetimeauth/poly1305/onetimeauth_poly1305.c
  crypto_pwhash/argon2/argon2-core.c crypto_pwhash/argon2/argon2-encoding.c crypto_pwhash/argon2/argon2-fill-block-ref.c
  crypto_pwhash/argon2/blake2b-long.c crypto_pwhash/argon2/pwhash_argon2i.c
  crypto_pwhash/argon2/pwhash_argon2id.c crypto_pwhash/crypto_pwhash.c crypto_scalarmult/curve25519/ref10/x25519_ref10.c
  crypto_scalarmult/curve25519/scalarmult_curve25519.c crypto_stream/chacha20/ref/chacha20_ref.c
  crypto_stream/chacha20/stream_chacha20.c crypto_stream/salsa20/ref/salsa20_ref.c crypto_stream/salsa20/stream_salsa20.c
  crypto_verify/sodium/verify.c randombytes/randombytes.c sodium/codecs.c sodium/core.c sodium/runtime.c sodium/utils.c)
list(TRANSFORM sources PREPEND ${SODIUM}/)
# Argon2id's blocks, made of the passphrase, are unmapped elsewhere. Memory of a module is only ever used again: here they are overwritten.
file(READ ${SODIUM}/crypto_pwhash/argon2/argon2.c argon2)
string(REPLACE "= ARGON2_DEFAULT_FLAGS" "= ARGON2_FLAG_CLEAR_MEMORY" argon2_clearing "${argon2}")
if(argon2_clearing STREQUAL argon2)
  message(FATAL_ERROR "libsodium's argon2.c is another one than this build knows how to have it clear its memory")
endif()
file(WRITE ${PROJECT_BINARY_DIR}/argon2_clearing.c.in "${argon2_clearing}")
configure_file(${PROJECT_BINARY_DIR}/argon2_clearing.c.in ${PROJECT_BINARY_DIR}/argon2_clearing.c COPYONLY)
add_library(voizk_libsodium STATIC ${sources} ${PROJECT_BINARY_DIR}/argon2_clearing.c ${CMAKE_CURRENT_LIST_DIR}/randomness.c)
set_target_properties(voizk_libsodium PROPERTIES UNITY_BUILD OFF)
target_include_directories(voizk_libsodium PUBLIC ${SODIUM}/include PRIVATE ${SODIUM}/include/sodium ${SODIUM}/crypto_pwhash/argon2)
target_compile_definitions(voizk_libsodium PRIVATE CONFIGURED=1 NATIVE_LITTLE_ENDIAN=1)
# Its own branch for emscripten wants a random source in JavaScript code that ES modules do not have.
set_source_files_properties(${SODIUM}/randombytes/randombytes.c PROPERTIES COMPILE_OPTIONS
  "-U__EMSCRIPTEN__;-DRANDOMBYTES_CUSTOM_IMPLEMENTATION;-DRANDOMBYTES_DEFAULT_IMPLEMENTATION=&voizk_randomness;-include;${CMAKE_CURRENT_LIST_DIR}/randomness.h")
add_library(sodium INTERFACE IMPORTED GLOBAL)
target_link_libraries(sodium INTERFACE voizk_libsodium)

# libsoxr: its plain single-precision converter, which is what the recipe HQ takes elsewhere too (there by SSE).
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/get-debian-source libsoxr ${PROJECT_BINARY_DIR}/libsoxr COMMAND_ERROR_IS_FATAL ANY)
set(SOXR ${PROJECT_BINARY_DIR}/libsoxr)
foreach(switch HAVE_FENV_H HAVE_STDBOOL_H HAVE_STDINT_H HAVE_LRINT WITH_CR32)
  set(${switch} ON)
endforeach()
configure_file(${SOXR}/soxr-config.h.in ${SOXR}/soxr-config.h)
# Its table of transforms is called with more arguments than some of its functions have, which WebAssembly does not let pass.
file(READ ${SOXR}/src/fft4g32.c fft4g32)
string(REPLACE "null(void) {" "null(int n) {(void)n; " fft4g32 "${fft4g32}")
string(REPLACE "double * H) {" "double * H, void * unused) {(void)unused; " fft4g32 "${fft4g32}")
string(REPLACE "static void nothing(void) {}" "static void nothing(void * p) {(void)p;}\nstatic void nothing4(int n, void * p, void * q, void * r) {(void)n; (void)p; (void)q; (void)r;}"
  fft4g32 "${fft4g32}")
string(REPLACE "(fn_t)nothing,\n  (fn_t)malloc" "(fn_t)nothing4,\n  (fn_t)malloc" fft4g32 "${fft4g32}")
string(REGEX MATCHALL "unused\\)|nothing4|null\\(int n" mended "${fft4g32}")
list(LENGTH mended count)
if(NOT count EQUAL 5)
  message(FATAL_ERROR "libsoxr's fft4g32.c is another one than this build knows how to mend")
endif()
file(WRITE ${PROJECT_BINARY_DIR}/soxr_fft4g32.c.in "${fft4g32}")
configure_file(${PROJECT_BINARY_DIR}/soxr_fft4g32.c.in ${PROJECT_BINARY_DIR}/soxr_fft4g32.c COPYONLY)
set(sources soxr data-io dbesi0 filter fft4g64 cr cr32)
list(TRANSFORM sources REPLACE "(.+)" "${SOXR}/src/\\1.c")
list(APPEND sources ${PROJECT_BINARY_DIR}/soxr_fft4g32.c)
add_library(voizk_libsoxr STATIC ${sources})
set_target_properties(voizk_libsoxr PROPERTIES UNITY_BUILD OFF)
target_include_directories(voizk_libsoxr PUBLIC ${SOXR}/src PRIVATE ${SOXR})
target_compile_definitions(voizk_libsoxr PRIVATE SOXR_LIB=1)
target_compile_options(voizk_libsoxr PRIVATE -w)
add_library(PkgConfig::SOXR INTERFACE IMPORTED GLOBAL)
target_link_libraries(PkgConfig::SOXR INTERFACE voizk_libsoxr)

if(VOIZK_TESTS)
  set(googletest /usr/src/googletest/googletest)
  if(NOT EXISTS ${googletest}/src/gtest-all.cc)
    message(FATAL_ERROR "${googletest} is missing: tools/install-packages test")
  endif()
  add_library(voizk_googletest STATIC ${googletest}/src/gtest-all.cc ${googletest}/src/gtest_main.cc)
  set_target_properties(voizk_googletest PROPERTIES UNITY_BUILD OFF)
  target_compile_options(voizk_googletest PRIVATE -O1)
  target_include_directories(voizk_googletest SYSTEM PUBLIC ${googletest}/include PRIVATE ${googletest})
  foreach(target gtest gtest_main gmock)
    add_library(GTest::${target} INTERFACE IMPORTED GLOBAL)
  endforeach()
  target_link_libraries(GTest::gtest INTERFACE voizk_googletest)
endif()

# Emscripten's linker runs a script whose library Debian keeps where only Debian's own Node looks.
set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK "${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs")

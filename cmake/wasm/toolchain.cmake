# The WebAssembly build: Debian's emscripten, 128-bit vectors, WebAssembly's own exceptions. One thread: no -pthread, so that a page need not be
# cross-origin isolated. Preset wasm has the flags. Headers of the host's /usr/include that are no libraries (Highway, nlohmann-json) come by dependencies.cmake.
set(EMSCRIPTEN_ROOT_PATH /usr/share/emscripten CACHE PATH "Emscripten's own folder")
include(${EMSCRIPTEN_ROOT_PATH}/cmake/Modules/Platform/Emscripten.cmake)
set(nlohmann_json_DIR ${CMAKE_CURRENT_LIST_DIR})  # nlohmann_jsonConfig.cmake: find_package is content

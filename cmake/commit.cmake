# cmake -DSOURCE=.. -DHEADER=.. -P commit.cmake: writes VOIZK_COMMIT, the checkout's commit with "+" where files differ from it, or ""
# where there is no checkout. The header is touched only when that changes.
find_program(GIT git)
set(commit "")
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --abbrev=12 --exclude=* --dirty=+ OUTPUT_VARIABLE commit
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#pragma once\n#define VOIZK_COMMIT \"${commit}\"\n")

# Symbols of a program that links the relying party's library alone: nothing that proves, executes a
# model, opens a credential's template or reads audio.
execute_process(COMMAND ${NM} -C ${PROGRAM} OUTPUT_VARIABLE symbols RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "nm failed")
endif()
if(NOT symbols MATCHES "voizk::Verify\\(")
  message(FATAL_ERROR "this program does not hold the verifier: the test would prove nothing")
endif()
foreach(forbidden "voizk::Prove\\(" "voizk::CommitProver<" "voizk::Executor::" "voizk::ViewEvaluator" "voizk::LoginHints"
        "voizk::Enrol\\(" "voizk::DecodeFile" "voizk_prove" "voizk::FractionTree")
  if(symbols MATCHES "${forbidden}")
    message(FATAL_ERROR "the verifier's program holds ${forbidden}")
  endif()
endforeach()

# Makes the bundle, then runs the C program on it with an empty state folder.
file(REMOVE_RECURSE ${FOLDER})
execute_process(COMMAND ${MAKE} ${FOLDER}/bundle COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${TEST} ${FOLDER}/bundle ${FOLDER}/state COMMAND_ERROR_IS_FATAL ANY)

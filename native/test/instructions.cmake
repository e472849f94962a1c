# cmake -DOBJDUMP=... -DOBJECT=... -DFORBIDDEN=<regex> -P instructions.cmake
# Fails if a disassembled object file has an instruction that its instruction set must not have.
execute_process(COMMAND "${OBJDUMP}" -d --no-show-raw-insn "${OBJECT}" OUTPUT_VARIABLE code COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "[^\n]*(${FORBIDDEN})[^\n]*" found "${code}")
if(found)
  message(FATAL_ERROR "${OBJECT}: ${found}")
endif()
if(NOT code MATCHES "ret")
  message(FATAL_ERROR "${OBJECT}: no code found")
endif()

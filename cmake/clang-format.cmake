# Checks the format of all C below native/: cmake -P cmake/clang-format.cmake
# With -DFIX=ON (before -P) it formats the files instead.

find_program(CLANG_FORMAT clang-format)
if(NOT CLANG_FORMAT)
  message(NOTICE "clang-format is not installed: the format of native/ was not checked")
  return()
endif()
set(native "${CMAKE_CURRENT_LIST_DIR}/../native")
file(GLOB_RECURSE files "${native}/*.c" "${native}/*.h" "${native}/*.inc")
if(FIX)
  execute_process(COMMAND "${CLANG_FORMAT}" -i ${files} COMMAND_ERROR_IS_FATAL ANY)
else()
  execute_process(COMMAND "${CLANG_FORMAT}" --dry-run -Werror ${files} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "native/ is not formatted: run cmake -DFIX=ON -P cmake/clang-format.cmake")
  endif()
endif()

# Configures native/ in BUILD, with Ninja where there is one: cmake -DBUILD=<dir> [-D...] -P cmake/configure.cmake
# Every other variable given by -D is handed on.

set(arguments "")
if(NOT EXISTS "${BUILD}/CMakeCache.txt") # a build tree keeps its first generator
  find_program(NINJA ninja)
  if(NINJA)
    list(APPEND arguments -G Ninja)
  endif()
endif()
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(index RANGE 1 ${last})
  if(CMAKE_ARGV${index} MATCHES "^-D" AND NOT CMAKE_ARGV${index} MATCHES "^-DBUILD=")
    string(REPLACE ";" "\\;" argument "${CMAKE_ARGV${index}}") # a list stays one argument
    list(APPEND arguments "${argument}")
  endif()
endforeach()
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/../native" -B "${BUILD}" ${arguments}
                COMMAND_ERROR_IS_FATAL ANY)

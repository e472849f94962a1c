# oneDNN, OpenBLAS and the OpenMP runtime of oneDNN as imported targets:
#
#   kioku::onednn  kioku::openblas  kioku::openmp
#
# KIOKU_NATIVES=pinned (default): the exact builds that natives.sha256 names, fetched by Maven.
# KIOKU_NATIVES=system: the machine's own, from the usual places or CMAKE_PREFIX_PATH.
#
# `cmake --install` puts every library that Java loads into lib/, and the content of the natives jar into jar/.

set(KIOKU_NATIVES pinned CACHE STRING "Where oneDNN and OpenBLAS come from: pinned or system")
set_property(CACHE KIOKU_NATIVES PROPERTY STRINGS pinned system)

# The names that Maven Central's native jars use: linux-x86_64, linux-arm64, macosx-arm64, ...
string(TOLOWER "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" KIOKU_PLATFORM)
string(REGEX REPLACE "^darwin" "macosx" KIOKU_PLATFORM "${KIOKU_PLATFORM}")
string(REGEX REPLACE "aarch64$" "arm64" KIOKU_PLATFORM "${KIOKU_PLATFORM}")
string(REGEX REPLACE "amd64$" "x86_64" KIOKU_PLATFORM "${KIOKU_PLATFORM}")

if(KIOKU_NATIVES STREQUAL "pinned")
  include("${CMAKE_CURRENT_LIST_DIR}/natives-pinned.cmake")
elseif(KIOKU_NATIVES STREQUAL "system")
  include("${CMAKE_CURRENT_LIST_DIR}/natives-system.cmake")
else()
  message(FATAL_ERROR "KIOKU_NATIVES is pinned or system, not '${KIOKU_NATIVES}'")
endif()

# Deferred, because install rules run in the order of their declaration and this one must be the last.
function(kioku_install_package)
  install(CODE "set(KIOKU_PLATFORM ${KIOKU_PLATFORM})")
  install(SCRIPT "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/install-package.cmake")
endfunction()
cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL kioku_install_package)

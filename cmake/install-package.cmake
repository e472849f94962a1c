# The last step of `cmake --install`: lib/libraries.sha256, and jar/, the content of the platform's natives jar.
#
# Both cover what this very installation put into lib/: neither a library left over from an older build, nor a link to
# one of the system's.

set(files ${CMAKE_INSTALL_MANIFEST_FILES})
list(FILTER files INCLUDE REGEX "/lib/[^/]*$")
list(REMOVE_DUPLICATES files)
list(SORT files)
set(index "")
foreach(file IN LISTS files)
  file(SHA256 "${file}" sha256)
  cmake_path(GET file FILENAME name)
  string(APPEND index "${sha256}  ${name}\n")
endforeach()
file(CONFIGURE OUTPUT "${CMAKE_INSTALL_PREFIX}/lib/libraries.sha256" CONTENT "${index}" @ONLY)

# Links, not copies; and only when something changed, because Maven writes the jar again when the directory is newer.
set(root "${CMAKE_CURRENT_LIST_DIR}/..")
set(meta "${CMAKE_INSTALL_PREFIX}/jar/META-INF")
set(packaged "${meta}/kioku/natives/${KIOKU_PLATFORM}")
set(old "")
if(EXISTS "${packaged}/libraries.sha256")
  file(READ "${packaged}/libraries.sha256" old)
endif()
if(NOT index STREQUAL old)
  file(REMOVE_RECURSE "${meta}")
  file(MAKE_DIRECTORY "${packaged}")
  foreach(file IN LISTS files)
    cmake_path(GET file FILENAME name)
    file(CREATE_LINK "${file}" "${packaged}/${name}" COPY_ON_ERROR)
  endforeach()
  file(WRITE "${packaged}/libraries.sha256" "${index}") # last: it says that the rest is complete
endif()
file(COPY "${root}/LICENSE" "${root}/NOTICE" DESTINATION "${meta}")

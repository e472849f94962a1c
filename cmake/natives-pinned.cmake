# The pinned builds: Maven artifacts org.bytedeco:dnnl and org.bytedeco:openblas. natives.sha256 names versions and
# platforms; Maven fetches, so that the user's mirrors, proxies, credentials and offline mode apply.

set(KIOKU_MAVEN_OFFLINE false CACHE STRING "true: Maven may not use the network")
set(KIOKU_MAVEN_REPOSITORY "" CACHE STRING "Maven's local repository, if not the usual one")
set(KIOKU_MAVEN_SETTINGS "" CACHE STRING "Maven's settings.xml, if not the usual one")

function(kioku_fetch group artifact version jar)
  find_program(KIOKU_MVN NAMES mvn mvn.cmd DOC "Maven, which fetches the pinned native libraries")
  if(NOT KIOKU_MVN)
    message(FATAL_ERROR "Maven (mvn) is needed to fetch ${jar}: install it, or use -DKIOKU_NATIVES=system")
  endif()
  set(options -q -B)
  if(KIOKU_MAVEN_OFFLINE)
    list(APPEND options -o)
  endif()
  if(KIOKU_MAVEN_REPOSITORY)
    list(APPEND options "-Dmaven.repo.local=${KIOKU_MAVEN_REPOSITORY}")
  endif()
  if(KIOKU_MAVEN_SETTINGS AND EXISTS "${KIOKU_MAVEN_SETTINGS}") # Maven names its default even when there is none
    list(APPEND options -s "${KIOKU_MAVEN_SETTINGS}")
  endif()
  message(STATUS "Fetching ${jar}")
  execute_process(
    COMMAND "${KIOKU_MVN}" ${options} org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy
            "-Dartifact=${group}:${artifact}:${version}:jar:${KIOKU_PLATFORM}" "-DoutputDirectory=${KIOKU_DOWNLOADS}"
    WORKING_DIRECTORY "${KIOKU_DOWNLOADS}"
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0 OR NOT EXISTS "${KIOKU_DOWNLOADS}/${jar}")
    string(REGEX REPLACE " *-> .Help 1.*" "" output "${output}") # Maven's general advice
    message(FATAL_ERROR "Maven could not fetch ${group}:${artifact}:${version}:jar:${KIOKU_PLATFORM}:\n${output}")
  endif()
endfunction()

# Sets <artifact>_root to the directory that holds the libraries and include/ of one pinned artifact.
function(kioku_pinned group artifact)
  set(list "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/natives.sha256")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${list}")
  file(STRINGS "${list}" line REGEX "  ${artifact}-.*-${KIOKU_PLATFORM}[.]jar$")
  if(NOT line MATCHES "^([0-9a-f]+)  (${artifact}-(.*)-${KIOKU_PLATFORM}[.]jar)$")
    message(FATAL_ERROR "There is no pinned ${artifact} for ${KIOKU_PLATFORM}; use -DKIOKU_NATIVES=system")
  endif()
  set(expected ${CMAKE_MATCH_1})
  set(jar ${CMAKE_MATCH_2})
  set(version ${CMAKE_MATCH_3})

  set(actual "")
  if(EXISTS "${KIOKU_DOWNLOADS}/${jar}")
    file(SHA256 "${KIOKU_DOWNLOADS}/${jar}" actual)
  endif()
  if(NOT actual STREQUAL expected)
    file(REMOVE "${KIOKU_DOWNLOADS}/${jar}")
    kioku_fetch(${group} ${artifact} ${version} ${jar})
    file(SHA256 "${KIOKU_DOWNLOADS}/${jar}" actual)
  endif()
  if(NOT actual STREQUAL expected)
    message(FATAL_ERROR "${jar} is not the pinned file: its SHA-256 is ${actual}, not ${expected}")
  endif()

  # A directory per checksum, renamed into place when it is complete: an interrupted extraction is never used.
  string(SUBSTRING ${expected} 0 12 short)
  set(extracted "${KIOKU_DOWNLOADS}/${artifact}-${short}")
  if(NOT EXISTS "${extracted}")
    file(REMOVE_RECURSE "${extracted}.part")
    file(ARCHIVE_EXTRACT INPUT "${KIOKU_DOWNLOADS}/${jar}" DESTINATION "${extracted}.part"
         PATTERNS "org/bytedeco/${artifact}/${KIOKU_PLATFORM}/*")
    file(RENAME "${extracted}.part" "${extracted}")
  endif()
  set(${artifact}_root "${extracted}/org/bytedeco/${artifact}/${KIOKU_PLATFORM}" PARENT_SCOPE)
endfunction()

# kioku_library(<target> <directory> <library> [<libraries it needs, of the same directory>...]): an imported target,
# installed with what it needs.
function(kioku_library target directory library)
  list(TRANSFORM ARGN PREPEND "${directory}/" OUTPUT_VARIABLE needed)
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(
    ${target} PROPERTIES
    IMPORTED_LOCATION "${directory}/${library}"
    IMPORTED_LINK_DEPENDENT_LIBRARIES "${needed}"
    INTERFACE_INCLUDE_DIRECTORIES "${directory}/include")
  install(PROGRAMS "${directory}/${library}" ${needed} DESTINATION lib)
endfunction()

set(KIOKU_DOWNLOADS "${CMAKE_BINARY_DIR}/natives")
file(MAKE_DIRECTORY "${KIOKU_DOWNLOADS}")
kioku_pinned(org.bytedeco dnnl)
kioku_pinned(org.bytedeco openblas)

# Not taken: JNI libraries, and on Linux libgcc_s: the system always has one, and an older copy could break libstdc++.
if(WIN32)
  # dnnl.dll uses Microsoft's OpenMP runtime, which is part of the system.
  kioku_library(kioku::onednn "${dnnl_root}" dnnl.dll)
  kioku_library(kioku::openblas "${openblas_root}" libopenblas.dll)
  set_target_properties(kioku::onednn PROPERTIES IMPORTED_IMPLIB "${dnnl_root}/lib/dnnl.lib")
  set_target_properties(kioku::openblas PROPERTIES IMPORTED_IMPLIB "${openblas_root}/lib/openblas.lib")
  find_package(OpenMP REQUIRED COMPONENTS C)
  add_library(kioku::openmp ALIAS OpenMP::OpenMP_C)
elseif(APPLE)
  kioku_library(kioku::onednn "${dnnl_root}" libdnnl.3.dylib)
  if(KIOKU_PLATFORM STREQUAL "macosx-arm64")
    kioku_library(kioku::openblas "${openblas_root}" libopenblas.0.dylib)
    kioku_library(kioku::openmp "${dnnl_root}" libomp.dylib)
  else()
    kioku_library(kioku::openblas "${openblas_root}" libopenblas.0.dylib libgfortran.5.dylib libquadmath.0.dylib
                  libgcc_s.1.1.dylib)
    kioku_library(kioku::openmp "${dnnl_root}" libiomp5.dylib)
  endif()
else()
  # The libgomp beside libdnnl: omp_set_num_threads must act on the runtime that oneDNN uses.
  kioku_library(kioku::onednn "${dnnl_root}" libdnnl.so.3 libgomp.so.1)
  kioku_library(kioku::openmp "${dnnl_root}" libgomp.so.1)
  if(KIOKU_PLATFORM STREQUAL "linux-x86_64")
    kioku_library(kioku::openblas "${openblas_root}" libopenblas.so.0 libgfortran.so.5 libquadmath.so.0)
  else()
    kioku_library(kioku::openblas "${openblas_root}" libopenblas.so.0 libgfortran.so.5)
  endif()
endif()

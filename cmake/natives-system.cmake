# The machine's own oneDNN (3.5 or newer), OpenBLAS and OpenMP runtime. A directory of CMAKE_PREFIX_PATH may also hold
# the libraries themselves, as those in the pinned jars do.

function(kioku_not_found what packages)
  message(FATAL_ERROR "${what}. Install ${packages}, or name its directory with -DCMAKE_PREFIX_PATH=..., or use the "
                      "pinned build: -DKIOKU_NATIVES=pinned")
endfunction()

# Java looks for all libraries in one directory: kioku_link(<library> <name that Java asks for>) puts a link into lib/.
function(kioku_link library name)
  file(REAL_PATH "${library}" file)
  install(CODE "file(MAKE_DIRECTORY \"\${CMAKE_INSTALL_PREFIX}/lib\")
                file(CREATE_LINK \"${file}\" \"\${CMAKE_INSTALL_PREFIX}/lib/${name}\" SYMBOLIC)")
endfunction()

function(kioku_library target library include name)
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${library}" INTERFACE_INCLUDE_DIRECTORIES "${include}")
  kioku_link("${library}" ${name})
endfunction()

if(APPLE)
  set(onednn_name libdnnl.3.dylib)
  set(openblas_name libopenblas.0.dylib)
  set(openmp_name libomp.dylib)
else()
  set(onednn_name libdnnl.so.3)
  set(openblas_name libopenblas.so.0)
  set(openmp_name libgomp.so.1)
endif()

find_path(ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl_version.h)
find_library(ONEDNN_LIBRARY NAMES dnnl ${onednn_name} NAMES_PER_DIR HINTS ${CMAKE_PREFIX_PATH})
if(NOT ONEDNN_INCLUDE_DIR OR NOT ONEDNN_LIBRARY)
  kioku_not_found("oneDNN was not found" "libdnnl-dev (Debian), onednn (Homebrew)")
endif()
file(STRINGS "${ONEDNN_INCLUDE_DIR}/oneapi/dnnl/dnnl_version.h" version REGEX "#define DNNL_VERSION_(MAJOR|MINOR) ")
string(REGEX REPLACE "[^0-9]*([0-9]+)[^0-9]+([0-9]+).*" "\\1.\\2" version "${version}")
if(version VERSION_LESS 3.5)
  kioku_not_found("oneDNN ${version} (${ONEDNN_LIBRARY}) is too old, Kioku needs 3.5 or newer"
                  "a newer one (Debian 12 has 2.6, later releases have 3.x)")
endif()

# Debian keeps every build of OpenBLAS in directories of its own.
find_path(OPENBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas-pthread openblas)
find_library(OPENBLAS_LIBRARY NAMES openblas ${openblas_name} NAMES_PER_DIR HINTS ${CMAKE_PREFIX_PATH}
             PATH_SUFFIXES openblas-pthread)
if(NOT OPENBLAS_INCLUDE_DIR OR NOT OPENBLAS_LIBRARY)
  kioku_not_found("OpenBLAS was not found" "libopenblas-dev (Debian), openblas (Homebrew)")
endif()

# The runtime that oneDNN uses: the one beside it, else the system's.
get_filename_component(onednn_directory "${ONEDNN_LIBRARY}" DIRECTORY)
find_library(OPENMP_LIBRARY NAMES ${openmp_name} omp HINTS "${onednn_directory}")
if(NOT OPENMP_LIBRARY)
  kioku_not_found("The OpenMP runtime ${openmp_name} was not found" "libgomp1 (Debian), libomp (Homebrew)")
endif()

message(STATUS "oneDNN ${version}: ${ONEDNN_LIBRARY}; OpenBLAS: ${OPENBLAS_LIBRARY}; OpenMP: ${OPENMP_LIBRARY}")
kioku_library(kioku::onednn "${ONEDNN_LIBRARY}" "${ONEDNN_INCLUDE_DIR}" ${onednn_name})
kioku_library(kioku::openblas "${OPENBLAS_LIBRARY}" "${OPENBLAS_INCLUDE_DIR}" ${openblas_name})
kioku_library(kioku::openmp "${OPENMP_LIBRARY}" "" ${openmp_name})

# What OpenBLAS needs, where it lies beside it and is looked for there.
get_filename_component(openblas_directory "${OPENBLAS_LIBRARY}" DIRECTORY)
foreach(name libgfortran.so.5 libquadmath.so.0)
  if(EXISTS "${openblas_directory}/${name}")
    kioku_link("${openblas_directory}/${name}" ${name})
  endif()
endforeach()

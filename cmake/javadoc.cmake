# Writes the API documentation of the exported packages to OUT, unless it is newer than every source; any complaint of
# doclint is an error. The javadoc tool is called by itself because maven-javadoc-plugin reads module-info.class in
# Maven's own JDK, which may be too old for it.
#
#   cmake -DOUT=<dir> -DMODULE_PATH=<dir> -P cmake/javadoc.cmake        with JAVA_HOME in the environment

set(root "${CMAKE_CURRENT_LIST_DIR}/..")
file(GLOB_RECURSE sources "${root}/src/main/java/*.java")
set(current TRUE)
foreach(source IN LISTS sources)
  if("${source}" IS_NEWER_THAN "${OUT}/index.html") # also when there is no index.html yet
    set(current FALSE)
  endif()
endforeach()
if(current)
  return()
endif()

file(REMOVE_RECURSE "${OUT}")
set(separator ":")
if(WIN32)
  set(separator "\;")
endif()
execute_process(
  COMMAND "$ENV{JAVA_HOME}/bin/javadoc" -quiet -notimestamp --no-fonts -Xdoclint:all,-missing -Werror -d "${OUT}"
          --module-path "${MODULE_PATH}" --module io.kioku
          --snippet-path "${root}/src/main/java/io/kioku/cell" # cells show their equations from their own source
          --module-source-path "io.kioku=${root}/src/main/java${separator}${root}/bindings/java"
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  file(REMOVE "${OUT}/index.html")
  message(FATAL_ERROR "The API documentation has errors, see above")
endif()

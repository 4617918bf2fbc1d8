# Installs into a clean folder, then configures, builds and runs a separate project that finds it there.
set(work ${BINARY_DIR}/package-test)
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed (${result}): ${command}\n${output}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BINARY_DIR} --prefix ${prefix})
run(${PYTHON} ${SOURCE_DIR}/tools/check_layers.py --installed ${prefix}/include)

# How long a user waits for the compiler, in seconds of processor time.
run(${PYTHON} ${SOURCE_DIR}/tests/package/compile_seconds.py 12 ${CXX_COMPILER} -std=c++20 -O2 -I${prefix}/include
  -c ${SOURCE_DIR}/tests/package/user.cpp -o ${work}/user.o)

# The program of docs/programs.md is the one that is built below.
file(READ ${SOURCE_DIR}/tests/package/program.cpp program)
file(READ ${SOURCE_DIR}/docs/programs.md page)
string(FIND "${page}" "```cpp\n${program}```" at)
if(at EQUAL -1)
  message(FATAL_ERROR "docs/programs.md: its program is not tests/package/program.cpp; copy the file there")
endif()

# All public headers, in one source of the stranger's. (That each stands alone, its own source shows: it includes it
# first.)
file(GLOB_RECURSE headers RELATIVE ${prefix}/include ${prefix}/include/glia/*.h)
set(all "")
foreach(header IN LISTS headers)
  file(STRINGS ${prefix}/include/${header} first LIMIT_COUNT 1)
  if(NOT first MATCHES "^// Internal")
    string(APPEND all "#include <${header}>\n")
  endif()
endforeach()
file(WRITE ${work}/all_headers.cpp "${all}")

run(${CMAKE_COMMAND} -S ${SOURCE_DIR}/tests/package -B ${work}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${prefix}
  -DCMAKE_CXX_COMPILER=${CXX_COMPILER} -DCMAKE_CXX_COMPILER_LAUNCHER=${CXX_COMPILER_LAUNCHER}
  -DCMAKE_BUILD_TYPE=${BUILD_TYPE} -DALL_HEADERS=${work}/all_headers.cpp)
run(${CMAKE_COMMAND} --build ${work}/build --parallel 2)
run(${work}/build/consumer)
run(${CMAKE_COMMAND} -E chdir ${work} ${work}/build/program)
file(REMOVE_RECURSE ${work})

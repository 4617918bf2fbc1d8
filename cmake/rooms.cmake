# A room is a folder under glia/ with one purpose; see CONTRIBUTING.md. Each is an object library, and all of them
# together make the one shared library, libglia.

set_property(GLOBAL PROPERTY GLIA_ROOMS "")

function(glia_flags target)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-missing-field-initializers -Wno-restrict
    # -fno-math-errno: kernels never read errno. No other relaxation: NaN and infinities keep their meaning.
    -fno-math-errno)
  if(GLIA_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(GLIA_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${GLIA_SANITIZE} -fno-omit-frame-pointer -g1)
    target_link_options(${target} PRIVATE -fsanitize=${GLIA_SANITIZE})
  endif()
endfunction()

# glia_room(name MAY_INCLUDE rooms... LIBS libraries...): tools/check_layers.py holds MAY_INCLUDE against the includes.
function(glia_room name)
  cmake_parse_arguments(ROOM "" "" "MAY_INCLUDE;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/glia/${name}/*.cpp)
  if(NOT sources)
    return()  # a room comes into being with its first working slice
  endif()
  add_library(glia_${name} OBJECT ${sources})
  glia_flags(glia_${name})
  target_link_libraries(glia_${name} PRIVATE ${ROOM_LIBS} fmt::fmt nlohmann_json::nlohmann_json yaml-cpp)
  set_property(GLOBAL APPEND PROPERTY GLIA_ROOMS ${name})
  set_property(GLOBAL APPEND PROPERTY GLIA_LIBS ${ROOM_LIBS})
endfunction()

# The shared library of all rooms, and its CMake package.
function(glia_library)
  get_property(rooms GLOBAL PROPERTY GLIA_ROOMS)
  get_property(libs GLOBAL PROPERTY GLIA_LIBS)
  list(REMOVE_DUPLICATES libs)
  add_library(glia SHARED)
  add_library(glia::glia ALIAS glia)
  foreach(room IN LISTS rooms)
    target_sources(glia PRIVATE $<TARGET_OBJECTS:glia_${room}>)
  endforeach()
  glia_flags(glia)
  if(NOT GLIA_SANITIZE)
    target_link_options(glia PRIVATE -Wl,--no-undefined)  # what is missing shows here, not in a test
  endif()
  set_target_properties(glia PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_link_libraries(glia PRIVATE ${libs})
  target_compile_features(glia PUBLIC cxx_std_20)
  target_include_directories(glia PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

  include(CMakePackageConfigHelpers)
  install(TARGETS glia EXPORT glia-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT glia-targets NAMESPACE glia:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/glia)
  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/glia-config.cmake.in ${CMAKE_BINARY_DIR}/glia-config.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/glia)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/glia-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/glia-config.cmake ${CMAKE_BINARY_DIR}/glia-config-version.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/glia)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/glia DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
endfunction()

# A room that is a shared library of its own beside libglia, which loads it when it is first needed.
function(glia_module name)
  cmake_parse_arguments(ROOM "" "" "MAY_INCLUDE;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/glia/${name}/*.cpp)
  add_library(glia_${name} MODULE ${sources})
  glia_flags(glia_${name})
  set_target_properties(glia_${name} PROPERTIES CXX_VISIBILITY_PRESET hidden INSTALL_RPATH "$ORIGIN")
  target_link_libraries(glia_${name} PRIVATE glia ${ROOM_LIBS} fmt::fmt)
  install(TARGETS glia_${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

function(glia_command name)
  cmake_parse_arguments(ROOM "" "" "LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/glia/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  # What `glia help E-DATA-03` says is the line of docs/errors.d.
  file(GLOB explained CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/errors.d/*.md ${CMAKE_SOURCE_DIR}/docs/doctor.md)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/explanations.cpp
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_SOURCE_DIR}/docs -DOUT=${CMAKE_BINARY_DIR}/explanations.cpp
      -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${explained} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
  add_executable(glia_command ${sources} ${CMAKE_BINARY_DIR}/explanations.cpp)
  set_target_properties(glia_command PROPERTIES OUTPUT_NAME glia)
  glia_flags(glia_command)
  target_link_libraries(glia_command PRIVATE glia ${ROOM_LIBS})
  target_compile_definitions(glia_command PRIVATE GLIA_VERSION="${PROJECT_VERSION}")
  install(TARGETS glia_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

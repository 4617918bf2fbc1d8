# Tests that are scripts: the checks of the sources, and the installed package.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

foreach(check check_layers check_errors checks_test)
  add_test(NAME tools.${check} COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/${check}.py)
endforeach()

# Runs sent to a real MLflow server.
add_test(NAME runs.Mlflow COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/runs/mlflow_server.py $<TARGET_FILE:glia_command>)
set_tests_properties(runs.Mlflow PROPERTIES LABELS slow TIMEOUT 300 SKIP_REGULAR_EXPRESSION "SKIPPED: ")

# A sanitized library asks for the same flags in every program that uses it; plain builds test the package.
if(NOT GLIA_SANITIZE)
  add_test(NAME package.find_package COMMAND ${CMAKE_COMMAND}
    -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DBINARY_DIR=${CMAKE_BINARY_DIR} -DGENERATOR=${CMAKE_GENERATOR}
    -DCXX_COMPILER=${CMAKE_CXX_COMPILER} -DCXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
    -DBUILD_TYPE=${CMAKE_BUILD_TYPE} -DPYTHON=${Python3_EXECUTABLE}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/package/run.cmake)
  set_tests_properties(package.find_package PROPERTIES LABELS slow TIMEOUT 300)
endif()

# A page in a real browser, where there is one.
add_test(NAME browser.report COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/browser/report_test.py
  ${CMAKE_BINARY_DIR}/glia)
set_tests_properties(browser.report PROPERTIES LABELS slow TIMEOUT 600 SKIP_RETURN_CODE 77 RUN_SERIAL ON)

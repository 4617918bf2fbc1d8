# cmake -DFOLDER=docs -DOUT=explanations.cpp -P embed.cmake: what the codes of errors and findings mean, as text in the
# command.
file(GLOB files ${FOLDER}/errors.d/*.md)
list(SORT files)
set(text "")
foreach(file IN LISTS files ITEMS ${FOLDER}/doctor.md)
  file(READ ${file} one)
  string(APPEND text "${one}")
endforeach()
file(WRITE ${OUT} "#include \"glia/cli/explain.h\"\n\nnamespace glia::cli {\nstd::string_view explanations() {\n  return R\"GLIA(${text})GLIA\";\n}\n}  // namespace glia::cli\n")

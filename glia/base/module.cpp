#include "glia/base/module.h"

#include <dlfcn.h>

#include <filesystem>

#include "glia/base/format.h"

namespace glia {

void* module_entry(const char* file, const char* entry, std::string_view code,
                   std::string_view what) {
  Dl_info here{};
  std::filesystem::path path = file;
  if (dladdr(reinterpret_cast<const void*>(&module_entry), &here) != 0 && here.dli_fname)
    path = std::filesystem::path(here.dli_fname).parent_path() / file;
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const function = handle ? dlsym(handle, entry) : nullptr;
  if (function) return function;
  const char* const why = dlerror();
  fail(code,
       "{} need the module {}, which cannot be loaded: {}; install glia whole, with the libraries "
       "that it names",
       what, path.string(), why ? why : "it is not glia's");
}

}  // namespace glia

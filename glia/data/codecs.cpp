#include "glia/data/codecs.h"

#include <dlfcn.h>

#include "glia/base/format.h"

namespace glia::data {
namespace {

const Codecs* load() {
  constexpr auto kModule = "libglia_codecs.so";
  Dl_info here{};
  // Beside this library, wherever that was installed or built.
  std::filesystem::path path = kModule;
  if (dladdr(reinterpret_cast<const void*>(&codecs), &here) != 0 && here.dli_fname)
    path = std::filesystem::path(here.dli_fname).parent_path() / kModule;
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays loaded
  using Entry = const Codecs* (*)();
  const auto entry = handle ? reinterpret_cast<Entry>(dlsym(handle, "glia_codecs")) : nullptr;
  if (!entry) {
    const char* const why = dlerror();
    fail("E-DATA-89",
         "images, sounds and Unicode text are read by the module {}, which cannot be loaded: {}; "
         "install glia whole, with the libraries that it names",
         path.string(), why ? why : "it is not glia's");
  }
  return entry();
}

}  // namespace

const Codecs& codecs() {
  static const Codecs* const loaded = load();
  return *loaded;
}

}  // namespace glia::data

// Internal: parts of glia that are shared libraries of their own, because what they link would make
// every start slower and most programs never need it.
#pragma once

#include <string_view>

namespace glia {

// The function `entry` of the module `file`, which lies beside libglia, wherever that was installed
// or built, and stays loaded. Error `code` where it cannot be loaded: `what` says, in the plural,
// what it is for.
void* module_entry(const char* file, const char* entry, std::string_view code,
                   std::string_view what);

}  // namespace glia

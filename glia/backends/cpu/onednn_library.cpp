#include "glia/backends/cpu/onednn_library.h"

#include <dlfcn.h>

#include "glia/backends/cpu/onednn.h"
#include "glia/base/format.h"

namespace glia::cpu {
namespace {

Library load() {
  Library l;
  const std::string name = "libdnnl.so." + std::to_string(DNNL_VERSION_MAJOR);
  void* const handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays loaded
  if (!handle) return l;
  l.good = true;
#define GLIA_LOAD(function)                                                      \
  l.function = reinterpret_cast<decltype(l.function)>(dlsym(handle, #function)); \
  l.good = l.good && l.function;
  GLIA_ONEDNN_FUNCTIONS(GLIA_LOAD)
#undef GLIA_LOAD
  l.good = l.good && l.dnnl_engine_create(&l.engine, dnnl_cpu, 0) == dnnl_success;
  return l;
}

}  // namespace

const Library& library() {
  static const Library l = load();
  return l;
}

bool onednn_available() { return library().good; }

bool onednn_has_bf16() {
  constexpr unsigned kNeeded = dnnl_cpu_isa_avx512_core_bf16;
  return library().good && (library().dnnl_get_effective_cpu_isa() & kNeeded) == kNeeded;
}

std::string onednn_version() {
  if (!library().good) return "";
  const dnnl_version_t* v = library().dnnl_version();
  return fmt::format("{}.{}.{}", v->major, v->minor, v->patch);
}

std::string implementation(const_dnnl_primitive_desc_t desc) {
  const char* text = "";
  library().dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &text);
  return text;
}

Handle<dnnl_primitive_t> make_primitive(const_dnnl_primitive_desc_t desc) {
  dnnl_primitive_t made = nullptr;
  if (library().dnnl_primitive_create(&made, desc) != dnnl_success) return nullptr;
  return owned(made, library().dnnl_primitive_destroy);
}

std::size_t onednn_bytes(const Desc& desc) {
  return (library().dnnl_memory_desc_get_size(&desc) + 63) / 64 * 64;
}

Handle<dnnl_primitive_desc_t> make_description(const_dnnl_op_desc_t desc,
                                               const_dnnl_primitive_desc_t hint) {
  const Library& l = library();
  dnnl_primitive_attr_t attributes = nullptr;
  if (l.dnnl_primitive_attr_create(&attributes) != dnnl_success) return nullptr;
  l.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  dnnl_primitive_desc_t made = nullptr;
  const auto status = l.dnnl_primitive_desc_create(&made, desc, attributes, l.engine, hint);
  l.dnnl_primitive_attr_destroy(attributes);
  if (status != dnnl_success) return nullptr;
  return owned(made, l.dnnl_primitive_desc_destroy);
}

Handle<dnnl_stream_t> make_stream() {
  const Library& l = library();
  dnnl_stream_t made = nullptr;
  if (l.dnnl_stream_create(&made, l.engine, dnnl_stream_default_flags) != dnnl_success)
    fail("E-ONEDNN-01", "oneDNN could not make a stream: out of memory?");
  return owned(made, l.dnnl_stream_destroy);
}

Handle<dnnl_memory_t> make_memory(const Desc& desc) {
  const Library& l = library();
  dnnl_memory_t made = nullptr;
  if (l.dnnl_memory_create(&made, &desc, l.engine, DNNL_MEMORY_NONE) != dnnl_success)
    fail("E-ONEDNN-01", "oneDNN could not make a memory object: out of memory?");
  return owned(made, l.dnnl_memory_destroy);
}

void point(const Handle<dnnl_memory_t>& memory, const void* at) {
  library().dnnl_memory_set_data_handle(memory.get(), const_cast<void*>(at));
}

void execute_primitive(const std::string& name, const Handle<dnnl_primitive_t>& primitive,
                       const Handle<dnnl_stream_t>& stream, int count,
                       const dnnl_exec_arg_t* arguments) {
  const dnnl_status_t status =
      library().dnnl_primitive_execute(primitive.get(), stream.get(), count, arguments);
  if (status != dnnl_success)
    fail("E-ONEDNN-02", "{}: oneDNN failed with status {} while it ran; expected success", name,
         static_cast<int>(status));
}

}  // namespace glia::cpu

// Internal: oneDNN's C interface as it was loaded, and what every use of it needs. Only the sources
// that onednn.h names include it.
#pragma once

#include <dnnl.h>
#include <omp.h>

#include <memory>
#include <string>

namespace glia::cpu {

// What is taken from the library, one pointer for each function.
#define GLIA_ONEDNN_FUNCTIONS(F)                         \
  F(dnnl_version)                                        \
  F(dnnl_get_effective_cpu_isa)                          \
  F(dnnl_sgemm)                                          \
  F(dnnl_engine_create)                                  \
  F(dnnl_stream_create)                                  \
  F(dnnl_stream_destroy)                                 \
  F(dnnl_memory_desc_init_by_strides)                    \
  F(dnnl_memory_desc_init_by_tag)                        \
  F(dnnl_memory_desc_equal)                              \
  F(dnnl_memory_desc_get_size)                           \
  F(dnnl_memory_create)                                  \
  F(dnnl_memory_destroy)                                 \
  F(dnnl_memory_set_data_handle)                         \
  F(dnnl_primitive_attr_create)                          \
  F(dnnl_primitive_attr_destroy)                         \
  F(dnnl_primitive_attr_set_scratchpad_mode)             \
  F(dnnl_matmul_desc_init)                               \
  F(dnnl_dilated_convolution_forward_desc_init)          \
  F(dnnl_dilated_convolution_backward_data_desc_init)    \
  F(dnnl_dilated_convolution_backward_weights_desc_init) \
  F(dnnl_reorder_primitive_desc_create)                  \
  F(dnnl_primitive_desc_create)                          \
  F(dnnl_primitive_desc_destroy)                         \
  F(dnnl_primitive_desc_query)                           \
  F(dnnl_primitive_desc_query_md)                        \
  F(dnnl_primitive_create)                               \
  F(dnnl_primitive_destroy)                              \
  F(dnnl_primitive_execute)

struct Library {
#define GLIA_POINTER(function) decltype(&::function) function = nullptr;
  GLIA_ONEDNN_FUNCTIONS(GLIA_POINTER)
#undef GLIA_POINTER
  dnnl_engine_t engine = nullptr;
  bool good = false;
};

// Loads it at the first call; `good` is false where it is not to be had.
const Library& library();

// While it lives, OpenMP gives this thread's regions `threads` threads.
class Threads {
 public:
  explicit Threads(int threads)
      : threads_(threads), before_(omp_get_max_threads()), dynamic_(omp_get_dynamic() != 0) {
    if (before_ != threads_) omp_set_num_threads(threads_);
    if (dynamic_) omp_set_dynamic(0);
  }
  ~Threads() {
    if (before_ != threads_) omp_set_num_threads(before_);
    if (dynamic_) omp_set_dynamic(1);
  }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int threads_, before_;
  bool dynamic_;
};

// Handles of the C interface that are destroyed with their owner.
template <class T>
using Handle = std::shared_ptr<std::remove_pointer_t<T>>;
template <class T, class Destroy>
Handle<T> owned(T handle, Destroy destroy) {
  return {handle, [destroy](T h) { destroy(h); }};
}

using Desc = dnnl_memory_desc_t;

std::size_t onednn_bytes(const Desc& desc);  // rounded up to a line of the cache

// What implements a primitive: "jit:avx2".
std::string implementation(const_dnnl_primitive_desc_t desc);
// Null where oneDNN cannot make it.
Handle<dnnl_primitive_t> make_primitive(const_dnnl_primitive_desc_t desc);
// A primitive of this description with scratch of the caller's; null where there is none.
Handle<dnnl_primitive_desc_t> make_description(const_dnnl_op_desc_t desc,
                                               const_dnnl_primitive_desc_t hint = nullptr);
// E-ONEDNN-01 where there is no memory for them.
Handle<dnnl_stream_t> make_stream();
Handle<dnnl_memory_t> make_memory(const Desc& desc);
void point(const Handle<dnnl_memory_t>& memory, const void* at);
// E-ONEDNN-02 where it fails; `name` is for the message.
void execute_primitive(const std::string& name, const Handle<dnnl_primitive_t>& primitive,
                       const Handle<dnnl_stream_t>& stream, int count,
                       const dnnl_exec_arg_t* arguments);

}  // namespace glia::cpu

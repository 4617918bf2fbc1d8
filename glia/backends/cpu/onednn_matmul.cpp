// Products of bf16 matrices through oneDNN.
#include <algorithm>
#include <array>

#include "glia/backends/cpu/onednn.h"
#include "glia/backends/cpu/onednn_library.h"
#include "glia/base/format.h"

namespace glia::cpu {
namespace {

// [items, rows, columns] densely, or the transpose of what lies so.
Desc matrices(std::int64_t items, std::int64_t rows, std::int64_t columns, bool transposed,
              dnnl_data_type_t type) {
  const dnnl_dims_t sizes = {items, rows, columns};
  const dnnl_dims_t strides = {rows * columns, transposed ? 1 : columns, transposed ? rows : 1};
  Desc desc;
  library().dnnl_memory_desc_init_by_strides(&desc, 3, sizes, type, strides);
  return desc;
}

}  // namespace

struct OnednnProduct::Plan {
  Bf16Product product;
  std::string name;
  Handle<dnnl_primitive_t> primitive;
  Desc a, b, bias, c, work;
};

struct OnednnProduct::State {
  explicit State(const Plan& p)
      : stream(make_stream()),
        a(make_memory(p.a)),
        b(make_memory(p.b)),
        bias(p.product.bias ? make_memory(p.bias) : nullptr),
        c(make_memory(p.c)),
        work(make_memory(p.work)),
        arguments{{{DNNL_ARG_SRC, a.get()},
                   {DNNL_ARG_WEIGHTS, b.get()},
                   {DNNL_ARG_DST, c.get()},
                   {DNNL_ARG_SCRATCHPAD, work.get()},
                   {DNNL_ARG_BIAS, bias.get()}}} {}

  Handle<dnnl_stream_t> stream;
  Handle<dnnl_memory_t> a, b, bias, c, work;
  std::array<dnnl_exec_arg_t, 5> arguments;  // the bias last, where there is one
};

std::optional<OnednnProduct> OnednnProduct::plan(const Bf16Product& product) {
  if (!onednn_has_bf16() || product.items == 0 || product.m == 0 || product.n == 0 ||
      product.k == 0)
    return std::nullopt;
  const Library& l = library();
  auto plan = std::make_shared<Plan>();
  plan->product = product;
  plan->product.threads = std::clamp(product.threads, 1, omp_get_thread_limit());
  const Threads threads(plan->product.threads);
  const auto& p = product;
  plan->a = matrices(p.items, p.m, p.k, p.transpose_a, dnnl_bf16);
  plan->b = matrices(p.items, p.k, p.n, p.transpose_b, dnnl_bf16);
  plan->bias = matrices(1, 1, p.n, false, dnnl_f32);
  plan->c = matrices(p.items, p.m, p.n, false, dnnl_f32);
  dnnl_matmul_desc_t desc;
  if (l.dnnl_matmul_desc_init(&desc, &plan->a, &plan->b, p.bias ? &plan->bias : nullptr,
                              &plan->c) != dnnl_success)
    return std::nullopt;
  const auto made = make_description(&desc);
  if (!made) return std::nullopt;
  plan->name = implementation(made.get());
  if (plan->name.find("ref") != std::string::npos) return std::nullopt;
  plan->name = fmt::format("dnnl {} {}", onednn_version(), plan->name);
  plan->work = *l.dnnl_primitive_desc_query_md(made.get(), dnnl_query_scratchpad_md, 0);
  plan->primitive = make_primitive(made.get());
  if (!plan->primitive) return std::nullopt;
  return OnednnProduct(std::move(plan));
}

OnednnProduct::OnednnProduct(std::shared_ptr<const Plan> plan)
    : plan_(std::move(plan)), state_(std::make_unique<State>(*plan_)) {}
OnednnProduct::OnednnProduct(const OnednnProduct& other) : OnednnProduct(other.plan_) {}
OnednnProduct::OnednnProduct(OnednnProduct&&) noexcept = default;
OnednnProduct::~OnednnProduct() = default;

std::string OnednnProduct::name() const { return plan_->name; }
std::size_t OnednnProduct::scratch_bytes() const { return onednn_bytes(plan_->work); }

void OnednnProduct::run(const BFloat16* a, const BFloat16* b, const float* bias, float* c,
                        std::byte* scratch) const {
  const State& s = *state_;
  point(s.a, a);
  point(s.b, b);
  point(s.c, c);
  point(s.work, scratch);
  if (s.bias) point(s.bias, bias);
  const Threads threads(plan_->product.threads);
  execute_primitive(plan_->name, plan_->primitive, s.stream, s.bias ? 5 : 4, s.arguments.data());
}

}  // namespace glia::cpu

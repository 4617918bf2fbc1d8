#include "glia/backends/cpu/onednn.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "glia/backends/cpu/onednn_library.h"
#include "glia/base/format.h"

namespace glia::cpu {
namespace {

Desc plain_desc(std::initializer_list<std::int64_t> dims, dnnl_format_tag_t tag,
                dnnl_data_type_t type = dnnl_f32) {
  Desc desc;
  dnnl_dims_t sizes;
  std::copy(dims.begin(), dims.end(), sizes);
  library().dnnl_memory_desc_init_by_tag(&desc, static_cast<int>(dims.size()), sizes, type, tag);
  return desc;
}

struct Descs {
  Desc x, weight, bias, y;
};

Descs descs_of(const Conv& c, bool any_weight) {
  const auto images = c.layout == Layout::channels_last ? dnnl_nhwc : dnnl_nchw;
  // What is written is f32.
  const auto type = [&](ConvPass written) {
    return c.bf16 && c.pass != written ? dnnl_bf16 : dnnl_f32;
  };
  const auto of_weight = type(ConvPass::weight_gradient);
  Descs d;
  d.x =
      plain_desc({c.batch, c.channels, c.height, c.width}, images, type(ConvPass::input_gradient));
  d.y =
      plain_desc({c.batch, c.filters, c.out_height, c.out_width}, images, type(ConvPass::forward));
  d.bias = plain_desc({c.filters}, dnnl_x);
  if (c.groups == 1)
    d.weight = plain_desc({c.filters, c.channels, c.kernel_height, c.kernel_width},
                          any_weight ? dnnl_format_tag_any : dnnl_oihw, of_weight);
  else
    d.weight = plain_desc(
        {c.groups, c.group_filters(), c.group_channels(), c.kernel_height, c.kernel_width},
        any_weight ? dnnl_format_tag_any : dnnl_goihw, of_weight);
  return d;
}

// Null where oneDNN has no implementation.
Handle<dnnl_primitive_desc_t> describe(const Conv& c) {
  const Library& l = library();
  const Descs d = descs_of(c, true);
  const dnnl_dims_t strides = {c.stride_y, c.stride_x};
  const dnnl_dims_t dilates = {c.dilation_y - 1, c.dilation_x - 1};
  const dnnl_dims_t before = {c.top, c.left}, after = {c.bottom, c.right};
  const auto algorithm = dnnl_convolution_direct;
  dnnl_convolution_desc_t desc;
  dnnl_status_t status = dnnl_runtime_error;
  if (c.pass == ConvPass::forward)
    status = l.dnnl_dilated_convolution_forward_desc_init(
        &desc, dnnl_forward_training, algorithm, &d.x, &d.weight, c.bias ? &d.bias : nullptr, &d.y,
        strides, dilates, before, after);
  else if (c.pass == ConvPass::input_gradient)
    status = l.dnnl_dilated_convolution_backward_data_desc_init(
        &desc, algorithm, &d.x, &d.weight, &d.y, strides, dilates, before, after);
  else
    status = l.dnnl_dilated_convolution_backward_weights_desc_init(
        &desc, algorithm, &d.x, &d.weight, nullptr, &d.y, strides, dilates, before, after);
  if (status != dnnl_success) return nullptr;

  Handle<dnnl_primitive_desc_t> hint;
  if (c.pass != ConvPass::forward) {
    Conv forward = c;
    forward.pass = ConvPass::forward;
    hint = describe(forward);
    if (!hint) return nullptr;
  }
  return make_description(&desc, hint.get());
}

Handle<dnnl_primitive_t> make_reorder(const Desc& from, const Desc& to) {
  const Library& l = library();
  dnnl_primitive_desc_t made = nullptr;
  if (l.dnnl_reorder_primitive_desc_create(&made, &from, l.engine, &to, l.engine, nullptr) !=
      dnnl_success)
    return nullptr;
  const auto desc = owned(made, l.dnnl_primitive_desc_destroy);
  return make_primitive(desc.get());
}

}  // namespace

void onednn_gemm(const GemmPlan& plan, const float* a, const float* b, float* c) {
  const Gemm& g = plan.gemm;
  const Threads threads(plan.threads);
  [[maybe_unused]] const dnnl_status_t status =
      library().dnnl_sgemm(g.transpose_a ? 'T' : 'N', g.transpose_b ? 'T' : 'N', g.m, g.n, g.k,
                           1.0f, a, g.lda, b, g.ldb, g.accumulate ? 1.0f : 0.0f, c, g.ldc);
  assert(status == dnnl_success);
}

// Scratch: the weight as the implementation wants it, then what the implementation works with.
struct OnednnConv::Plan {
  Conv conv;
  std::string name;
  Handle<dnnl_primitive_t> primitive, reorder;  // reorder: null where the weight lies as wanted
  Desc x, weight, wanted_weight, bias, y, work;
  std::size_t weight_bytes = 0, work_bytes = 0;  // of scratch
};

// Memory objects, which a run points at its buffers, and the arguments made of them.
struct OnednnConv::State {
  explicit State(const Plan& p) {
    stream = make_stream();
    x = make_memory(p.x), weight = make_memory(p.weight), y = make_memory(p.y),
    work = make_memory(p.work);
    wanted_weight = p.reorder ? make_memory(p.wanted_weight) : weight;
    const bool forward = p.conv.pass == ConvPass::forward;
    const bool weights = p.conv.pass == ConvPass::weight_gradient;
    add(p.conv.pass == ConvPass::input_gradient ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, x);
    add(weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, wanted_weight);
    add(forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, y);
    add(DNNL_ARG_SCRATCHPAD, work);
    if (p.conv.bias) add(DNNL_ARG_BIAS, bias = make_memory(p.bias));
    reorder_arguments[0] = {DNNL_ARG_FROM, (weights ? wanted_weight : weight).get()};
    reorder_arguments[1] = {DNNL_ARG_TO, (weights ? weight : wanted_weight).get()};
  }

  void add(int name, const Handle<dnnl_memory_t>& memory) {
    arguments[static_cast<std::size_t>(count++)] = {name, memory.get()};
  }

  Handle<dnnl_stream_t> stream;
  Handle<dnnl_memory_t> x, weight, wanted_weight, bias, y, work;
  std::array<dnnl_exec_arg_t, 5> arguments;
  int count = 0;
  std::array<dnnl_exec_arg_t, 2> reorder_arguments;
};

std::optional<OnednnConv> OnednnConv::plan(const Conv& conv) {
  if (!onednn_available() || conv.x_elements() == 0 || conv.y_elements() == 0) return std::nullopt;
  if (conv.bf16 && !onednn_has_bf16()) return std::nullopt;
  const Library& l = library();
  auto plan = std::make_shared<Plan>();
  plan->conv = conv;
  plan->conv.threads = std::clamp(conv.threads, 1, omp_get_thread_limit());
  const Threads threads(plan->conv.threads);
  const auto desc = describe(plan->conv);
  if (!desc) return std::nullopt;
  plan->name = implementation(desc.get());
  if (plan->name.find("ref") != std::string::npos) return std::nullopt;
  plan->name = fmt::format("dnnl {} {}", onednn_version(), plan->name);

  const Descs d = descs_of(conv, false);
  plan->x = d.x, plan->weight = d.weight, plan->bias = d.bias, plan->y = d.y;
  const bool weights = conv.pass == ConvPass::weight_gradient;
  plan->wanted_weight = *l.dnnl_primitive_desc_query_md(
      desc.get(), weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
  plan->work = *l.dnnl_primitive_desc_query_md(desc.get(), dnnl_query_scratchpad_md, 0);
  plan->work_bytes = onednn_bytes(plan->work);
  plan->primitive = make_primitive(desc.get());
  if (!plan->primitive) return std::nullopt;
  if (!l.dnnl_memory_desc_equal(&plan->wanted_weight, &plan->weight)) {
    const Desc& from = weights ? plan->wanted_weight : plan->weight;
    plan->reorder = make_reorder(from, weights ? plan->weight : plan->wanted_weight);
    if (!plan->reorder) return std::nullopt;
    plan->weight_bytes = onednn_bytes(plan->wanted_weight);
  }
  return OnednnConv(std::move(plan));
}

OnednnConv::OnednnConv(std::shared_ptr<const Plan> plan)
    : plan_(std::move(plan)), state_(std::make_unique<State>(*plan_)) {}
OnednnConv::OnednnConv(const OnednnConv& other) : OnednnConv(other.plan_) {}
OnednnConv::OnednnConv(OnednnConv&&) noexcept = default;
OnednnConv::~OnednnConv() = default;

std::string OnednnConv::name() const { return plan_->name; }
std::size_t OnednnConv::scratch_bytes() const { return plan_->weight_bytes + plan_->work_bytes; }

void OnednnConv::run(const ConvArgs& args) const {
  const Plan& p = *plan_;
  State& s = *state_;
  point(s.x, args.x);
  point(s.weight, args.weight);
  point(s.y, args.y);
  point(s.work, args.scratch + p.weight_bytes);
  if (p.reorder) point(s.wanted_weight, args.scratch);
  if (p.conv.bias) point(s.bias, args.bias);

  const Threads threads(p.conv.threads);
  const bool weights = p.conv.pass == ConvPass::weight_gradient;
  const auto execute = [&](const Handle<dnnl_primitive_t>& primitive, int count,
                           const dnnl_exec_arg_t* arguments) {
    execute_primitive(p.name, primitive, s.stream, count, arguments);
  };
  const auto reorder = [&] { execute(p.reorder, 2, s.reorder_arguments.data()); };
  if (p.reorder && !weights) reorder();
  execute(p.primitive, s.count, s.arguments.data());
  if (p.reorder && weights) reorder();
}

}  // namespace glia::cpu

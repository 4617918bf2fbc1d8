// Which checkpoints a training goes on from, which not, and what it says.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/train/setting.h"

namespace glia {
namespace {

using nlohmann::json;
using testing::fit;
using testing::Outcome;
using testing::Setting;
using testing::thrown;
using testing::Thrown;

// A run that was stopped in its second epoch.
struct Stopped : Setting {
  TempFolder folder;
  Outcome part;
  explicit Stopped(std::int64_t steps = 8) {
    options.checkpoint.folder = folder / "checkpoints";
    options.agreement = {{{"fruit", "apples"}, {"tree", "old"}}, {{"name", "a"}}};
    part = fit(*this, options, steps);
    options.resume = true;
  }
};

// Gone on with after a change: the error, or none.
template <class Change>
Thrown changed(const Setting& s, Change change) {
  Setting other = s;
  change(other);
  return thrown([&] { fit(other); });
}

TEST(Resume, ListsEverySettingThatDiffers) {
  const Stopped s;
  const auto refused = changed(s, [](Setting& o) {
    o.options.agreement = {{{"fruit", "pears"}, {"soil", "wet"}}, {{"name", "b"}}};
  });
  EXPECT_EQ(refused.code, "E-TRAIN-03");
  for (const char* line : {"\n  fruit: pears, was apples\n", "\n  soil: wet, was not given\n",
                           "\n  tree: not given, was old\n"})
    EXPECT_TRUE(refused.says(line)) << refused.message;
  EXPECT_FALSE(refused.says("name:")) << refused.message;
}

TEST(Resume, TellsOfWhatMayChange) {
  Stopped s;
  s.options.agreement.free["name"] = "b";
  const Outcome rest = fit(s);
  EXPECT_TRUE(rest.says("name: b, was a"));
  EXPECT_EQ(rest.history.end, train::End::all_epochs);
}

// Free then and fixed now, or the other way round: fixed.
TEST(Resume, WhatOneSideFixesIsFixed) {
  const Stopped s;
  for (const bool now : {false, true})
    EXPECT_EQ(changed(s,
                      [&](Setting& o) {
                        auto& [fixed, free] = o.options.agreement;
                        auto& from = now ? free : fixed;
                        auto& to = now ? fixed : free;
                        auto node = from.extract(now ? "name" : "fruit");
                        node.mapped() = "another";
                        to.insert(std::move(node));
                      })
                  .code,
              "E-TRAIN-03")
        << now;
}

// What a training knows of itself, without settings from elsewhere.
TEST(Resume, AnotherCourseIsAnError) {
  const Stopped s;
  const auto line = [&](auto change, std::string_view expected) {
    const auto error = changed(s, change);
    EXPECT_EQ(error.code, "E-TRAIN-03") << expected;
    EXPECT_TRUE(error.says(expected)) << error.message;
  };
  line([](Setting& o) { o.options.seed = 1; }, "\n  seed: 1, was 9\n");
  line([](Setting& o) { o.options.batch_size = 17; }, "\n  batch_size: 17, was 16\n");
  line([](Setting& o) { o.options.epochs = 7; }, "\n  epochs: 7, was 6\n");  // cosine
  line([](Setting& o) { o.options.optimizer = optim::sgd({.learning_rate = 0.02}); },
       "\n  optimizer: sgd, was adam\n");
  line([](Setting& o) { o.options.optimizer = optim::adam({.learning_rate = 0.03}); },
       "\n  learning_rate: 0.03, was 0.02\n");
  line([](Setting& o) { o.options.schedule = optim::constant(); },
       "schedule: constant, was cosine");
  line([](Setting& o) { o.options.optimizer = optim::adam({.learning_rate = 0.02, .beta1 = 0.8}); },
       "\n  optimizer's numbers: ");
  line(
      [](Setting& o) {
        o.options.optimizer = optim::adam({.learning_rate = 0.02, .weight_decay = 1});
      },
      "\n  weight_decay: 1, was 0\n");
  line([](Setting& o) { o.options.schedule = optim::cosine({.warmup = 1}); },
       "\n  schedule's numbers: ");
  line([](Setting& o) { o.options.updates.accumulate = 2; }, "\n  accumulate: 2, was 1\n");
  line([](Setting& o) { o.options.updates.clip.norm = 3; },
       "\n  clip: value 0, norm 3, global norm 0, was value 0, norm 0, global norm 0\n");
  line(
      [](Setting& o) {
        o.options.updates.groups = {
            {.match = "dense.*", .learning_rate_factor = 0.5, .weight_decay = 2}};
      },
      "\n  groups: [dense.*: learning rate x 0.5, weight_decay 2], was []\n");
  line(
      [](Setting& o) {
        o.options.updates.constraints = {{"dense.*", optim::max_norm({.value = 3})}};
      },
      "\n  constraints: [dense.*: max_norm(value 3, axis [])], was []\n");
  line([](Setting& o) { o.options.average = train::Average{.decay = 0.9}; },
       "\n  average: exponential, decay 0.9, from epoch 1, was none\n");
  line([](Setting& o) { o.options.class_weights = {1, 2, 1}; }, "class weights: [1, 2, 1], was []");
  line([](Setting& o) { o.train = testing::three_classes(70, 1); }, "training rows: 70, was 71");
  line([](Setting& o) { o.model = nn::dense({.units = 3, .activation = nn::softmax}); },
       "'dense.weight'");
  EXPECT_EQ(changed(s, [](Setting&) {}).code, "nothing");
}

TEST(Resume, EpochsMayGrowButNotBelowWhatIsDone) {
  for (const auto& schedule : {optim::constant(), optim::step({.every = 2})}) {
    Setting s;
    s.options.schedule = schedule;
    s.options.early_stopping.reset();
    TempFolder folder;
    s.options.checkpoint.folder = folder / "checkpoints";
    fit(s, s.options, 13);  // two epochs and three batches
    s.options.resume = true;
    s.options.epochs = 2;
    const auto fewer = thrown([&] { fit(s); });
    EXPECT_EQ(fewer.code, "E-TRAIN-03");
    EXPECT_TRUE(fewer.says("2 epochs are asked for") && fewer.says("epoch 3")) << fewer.message;
    s.options.epochs = 8;
    EXPECT_EQ(fit(s).history.epochs.size(), 8u);
    s.options.epochs = 8;
    EXPECT_TRUE(fit(s).says("where all 8 epochs are done"));
  }
}

TEST(Resume, SaysWhereItGoesOn) {
  const auto place = [](std::int64_t steps) {
    const Stopped s(steps);
    for (const auto& message : fit(s).messages)
      if (message.starts_with("resumed at step")) return message;
    return std::string();
  };
  EXPECT_EQ(place(8), "resumed at step 8, epoch 2, batch 4 of 5");
  EXPECT_EQ(place(10), "resumed at step 10, the end of epoch 2");
  EXPECT_EQ(place(30), "resumed at step 30, the end of epoch 6");
}

TEST(Resume, AnotherFingerprintNeedsAWord) {
  Stopped s;
  EXPECT_NE(s.part.history.fingerprint.find("validation: "), std::string::npos);
  // The checkpoint of a machine with another instruction set.
  train::Checkpoints checkpoints(s.options.checkpoint.folder);
  auto checkpoint = *checkpoints.newest();
  auto state = json::parse(checkpoint.state.at("trainer"));
  state["fingerprint"] = "abacus";
  checkpoint.state["trainer"] = state.dump();
  checkpoints.save(checkpoint);
  const auto refused = thrown([&] { fit(s); });
  EXPECT_EQ(refused.code, "E-TRAIN-03");
  EXPECT_TRUE(refused.says("abacus") && refused.says("--accept-fingerprint")) << refused.message;
  s.options.accept_fingerprint = true;
  EXPECT_EQ(fit(s).history.end, train::End::all_epochs);
}

// The validation's program is larger than a step's, so that it may take threads where that does
// not; early stopping looks at its values.
TEST(Resume, ThreadsOfTheValidationCount) {
  Setting s;
  s.model = nn::sequential({nn::dense({.units = 500, .activation = nn::relu}),
                            nn::dense({.units = 200, .activation = nn::relu}),
                            nn::dense({.units = 3, .activation = nn::softmax})});
  s.validation = testing::three_classes(256, 2);
  s.options.batch_size = 1;
  s.options.epochs = 1;
  s.options.schedule = optim::constant();
  TempFolder folder;
  s.options.checkpoint.folder = folder / "checkpoints";
  const Outcome part = fit(s, s.options, 3);
  s.options.threads = 2;
  const Outcome two = fit(s, s.options, 3);
  const auto training = [](const Outcome& o) {
    return o.history.fingerprint.substr(0, o.history.fingerprint.find("; validation"));
  };
  ASSERT_EQ(training(part), training(two));  // so that only the validation tells them apart
  EXPECT_NE(part.history.fingerprint, two.history.fingerprint);
  s.options.threads = 1;
  s.options.resume = true;
  EXPECT_EQ(thrown([&] { fit(s); }).code, "E-TRAIN-03");
}

// Forged with a right digest. Whatever is in it, an Error of ours or a training that works.
class Forged : public ::testing::Test {
 protected:
  Forged() : whole_(*train::Checkpoints(s_.options.checkpoint.folder).newest()) {
    s_.options.accept_fingerprint = true;
  }
  // "" where the training went on.
  std::string code(const train::Checkpoint& checkpoint) {
    train::Checkpoints(s_.options.checkpoint.folder).save(checkpoint);
    try {
      fit(s_);
      return "";
    } catch (const Error& error) {
      return error.code();
    }  // anything else fails the test
  }
  void expect_refused(const train::Checkpoint& checkpoint, const std::string& what) {
    const auto got = code(checkpoint);
    EXPECT_TRUE(got.starts_with("E-CHECK-") || got == "E-TRAIN-03")
        << what << " gave '" << got << "'";
  }

  Stopped s_{8};
  train::Checkpoint whole_;
};

TEST_F(Forged, StateOfAnyKey) {
  const std::vector<json> junk{nullptr,
                               true,
                               -1,
                               1e300,
                               1.5,
                               "x",
                               json::array(),
                               json::object(),
                               json::array({1, "a"}),
                               std::uint64_t{1} << 63,
                               77777};
  for (const auto& [key, text] : whole_.state) {
    auto without = whole_;
    without.state.erase(key);
    expect_refused(without, key + " removed");
    for (const char* bad : {"", "{", "[]", "7", "null", "{\"epoch\":{}}"}) {
      auto other = whole_;
      other.state[key] = bad;
      expect_refused(other, key + " as " + bad);
    }
    const auto state = json::parse(text);
    for (const auto& [name, value] : state.items()) {
      auto less = state;
      less.erase(name);
      auto other = whole_;
      other.state[key] = less.dump();
      expect_refused(other, key + "." + name + " removed");
      for (const auto& bad : junk) {
        auto wrong = state;
        wrong[name] = bad;
        other.state[key] = wrong.dump();
        const auto got = code(other);  // some of it is plausible: 1.5 seconds, no setting
        EXPECT_TRUE(got.empty() || got == "E-CHECK-01" || got == "E-TRAIN-03")
            << key << "." << name << " as " << bad << " gave " << got;
        const bool number = value.is_number_float() && bad.is_number();
        if (bad.type() != value.type() && !number) {
          EXPECT_NE(got, "") << key << "." << name << " as " << bad;
        }
      }
    }
  }
}

TEST_F(Forged, EpochsOfAnyShape) {
  const auto state = json::parse(whole_.state.at("trainer"));
  for (const auto& [name, value] : state.at("epochs").at(0).items())
    for (const auto& bad :
         {json(), json("x"), json(-1), json::array({1}), json::array({json::array({"a", "b"})})}) {
      auto wrong = state;
      wrong["epochs"][0][name] = bad;
      auto other = whole_;
      other.state["trainer"] = wrong.dump();
      const auto got = code(other);
      EXPECT_TRUE(got == "E-CHECK-01" || (got.empty() && name == "seconds" && bad == -1))
          << name << " as " << bad << " gave '" << got << "'";
    }
}

TEST_F(Forged, TensorsOfAnyKind) {
  for (const auto& [name, tensor] : whole_.tensors) {
    auto other = whole_;
    other.tensors.erase(name);
    expect_refused(other, name + " removed");
    other.tensors.emplace(name, Tensor(tensor.dtype(), {3, 1, 2}));
    expect_refused(other, name + " of another shape");
    other.tensors.insert_or_assign(
        name, Tensor(tensor.dtype() == DType::f64 ? DType::f32 : DType::f64, tensor.shape()));
    expect_refused(other, name + " of another dtype");
  }
  for (const char* name : {"store/stranger", "best/stranger", "best/train.step"}) {
    auto other = whole_;
    other.tensors.emplace(name, Tensor(DType::f32, {2}));
    expect_refused(other, name);
  }
}

TEST_F(Forged, Steps) {
  for (const std::int64_t step : {-8, 0, 7, 9, 13}) {
    auto other = whole_;
    other.step = step;
    std::filesystem::remove_all(s_.options.checkpoint.folder);
    expect_refused(other, "step " + std::to_string(step));
  }
}

}  // namespace
}  // namespace glia

// Internal: pages of training rows, before and after what is done to them.
#pragma once

#include "glia/data/dataset.h"
#include "glia/data/sound_source.h"
#include "glia/data/tokenizer.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {

// Rows of `size` ones, drawn by the options' seed; the same in each epoch.
std::vector<std::int64_t> drawn_rows(const PreviewOptions& options, std::int64_t size);

// A batch of some rows of an epoch. `rows` must outlive it.
data::Batch batch_of(const data::Source& source, const std::vector<std::int64_t>& rows,
                     std::int64_t epoch);

// "people.csv:17": without the folder, for a page may be sent to somebody.
std::string place_of(const data::Table& table, std::int64_t row);

// Row `row` of targets [N, ...] in words: the label, or the labels and their shares where two were
// mixed, or the value in its unit; of a mask nothing.
std::string label_of(const Tensor& targets, std::int64_t row, const data::Target& target);

// A grid of tokens and their numbers, line by line. `next`: a third line, what follows each; empty:
// none.
report::Table token_table(const data::Tokenizer& tokenizer, std::span<const std::int64_t> tokens,
                          std::span<const std::int64_t> next = {});

// Row `row` of images [N, C, H, W], as they were before they were normalised by `pixels`.
report::Picture picture_of(const Tensor& images, std::int64_t row, const data::Pixels& pixels,
                           std::string caption);
// `pixels`: how they were normalised.
report::Document image_preview(const Prepared& prepared, const data::Pixels& pixels,
                               const PreviewOptions& options);

}  // namespace glia::experiment

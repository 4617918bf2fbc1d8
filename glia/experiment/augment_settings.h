// Internal: the section `augment` of images.
#pragma once

#include "glia/data/augment.h"
#include "glia/experiment/settings.h"

namespace glia::experiment {

// Of `data`. E-EXP-05 for numbers that are too many, E-DATA-137 from whoever takes the options.
data::AugmentOptions read_augment(Settings& data);

// The source with its rows changed, or itself where nothing is asked for. `pixels`: how its images
// were normalised.
std::shared_ptr<const data::Source> augmented(std::shared_ptr<const data::Source> source,
                                              data::AugmentOptions options,
                                              const data::Pixels& pixels, std::uint64_t seed);

}  // namespace glia::experiment

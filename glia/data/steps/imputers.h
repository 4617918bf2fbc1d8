// Internal: imputers that look at several columns of numbers at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "glia/data/steps/fitted.h"
#include "glia/data/steps/step.h"

namespace glia::data {

// values: rows of all members, [N, members], NaN where one is missing; each member has a value
// somewhere. "impute_knn": Troyanskaya et al., "Missing value estimation methods for DNA
// microarrays", 2001, with distances over the columns that both rows have, scaled up by the share
// of these; a column whose rows have no distance gets its mean. "impute_iterative": van Buuren &
// Groothuis-Oudshoorn, "mice", 2011, without the random draws, as scikit-learn's IterativeImputer.
// Error E-DATA-106: too many training rows for impute_knn.
Imputer fit_imputer(const Step& step, std::span<const double> values, std::int64_t members);

std::size_t members_of(const Imputer& imputer);

// Fills what is missing in values: [N, members].
void impute(const Imputer& imputer, std::span<double> values);

}  // namespace glia::data

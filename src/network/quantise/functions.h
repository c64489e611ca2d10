// Functions that tables of more than one operation are made of.
#ifndef VOIZK_NETWORK_QUANTISE_FUNCTIONS_H_
#define VOIZK_NETWORK_QUANTISE_FUNCTIONS_H_

#include <cmath>

namespace voizk {

inline double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
inline double Tanh(double x) { return std::tanh(x); }

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_FUNCTIONS_H_

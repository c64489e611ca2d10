// A filter bank of a normalised signal under a logarithm: normalised behind the bank.
#ifndef VOIZK_NETWORK_SPECIALISE_NORMALISED_BANK_H_
#define VOIZK_NETWORK_SPECIALISE_NORMALISED_BANK_H_

#include "network/float_graph/graph.h"

namespace voizk {

/// `graph` flat, with all dims known.  Where nobody else reads what lies between, and x has one
/// channel,
///   log(|Conv(InstanceNormalization(x))| + c)  becomes
///   log(|Conv(x) - mean(x) sum(w)| + c d) - log(d),   d = sqrt(var(x) + epsilon) / |scale|,
/// which is the same function: a factor of the whole signal is a summand of the logarithm (and is
/// left out where only the logarithm's difference from its mean over time is read).  The
/// bank then reads integers that nothing has rounded.  If x is itself a Conv of one channel to one
/// that pads nothing (pre-emphasis), the bank's filters are convolved with its, and the bank reads
/// what that reads.  Left alone: a shift of the norm, a bias or padding of the bank.
FloatGraph NormaliseBehindBanks(FloatGraph graph);

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_NORMALISED_BANK_H_

#include "network/operations/committed_digits.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "base/secure.h"
#include "relation/builder/sources.h"
#include "relation/gadgets/commit.h"

namespace voizk::op {

namespace {

constexpr int kDigitBits = 8;
constexpr int kBitsStep = 4;

int DigitCount(int bits) { return (bits + kDigitBits - 1) / kDigitBits; }
int BitsOfDigit(int bits, int digit) { return std::min(kDigitBits, bits - kDigitBits * digit); }

std::string NameOf(const std::string& name, const char* what, int digit) {
  return name + "#" + what + std::to_string(digit);
}

// The digits of v, lowest first, each in [-128, 127] and the last in its bits; empty if they do not
// hold v.
std::vector<int32_t> DigitsOf(int64_t v, int bits) {
  std::vector<int32_t> digits;
  for (int d = 0; d < DigitCount(bits); ++d) {
    const int64_t half = int64_t{1} << (BitsOfDigit(bits, d) - 1);
    const bool last = d + 1 == DigitCount(bits);
    const int64_t digit = last ? v : ((v + half) & (2 * half - 1)) - half;
    if (digit < -half || digit >= half) return {};
    digits.push_back(static_cast<int32_t>(digit));
    v = (v - digit) / (2 * half);
  }
  return digits;
}

// Whether a row of weights lies along the inner dimension of its tensor, by the addresses it takes.
bool RowsInside(uint64_t outputs, uint64_t row) {
  return outputs * std::bit_ceil(row) <= row * std::bit_ceil(outputs);
}

std::vector<TensorId> DigitTensors(Builder& b, const std::string& name, const char* what,
                                   const Shape& shape, int bits) {
  std::vector<TensorId> digits;
  for (int d = 0; d < DigitCount(bits); ++d) {
    const int64_t half = int64_t{1} << (BitsOfDigit(bits, d) - 1);
    digits.push_back(gadgets::Input(b, NameOf(name, what, d), shape, -half, half - 1));
    b.Commit(digits.back());
  }
  return digits;
}

// sum_d 256^d digit_d, each read through the map.
View Composed(Builder& b, const std::string& name, std::span<const TensorId> digits,
              const Shape& out, const IndexMap& map) {
  View v;
  v.shape = out;
  int64_t unit = 1;  // the last digit's is at most 2^24
  for (const TensorId t : digits) {
    v.terms.push_back({t, static_cast<int32_t>(unit), map});
    unit <<= kDigitBits;
  }
  return b.Checked(std::move(v), name);
}

Result<std::vector<CommittedDigits>> DigitsOfAll(const std::string& name, const char* what,
                                                 std::span<const int32_t> values, int bits) {
  std::vector<CommittedDigits> tensors;
  tensors.reserve(static_cast<size_t>(DigitCount(bits)));
  for (int d = 0; d < DigitCount(bits); ++d) {
    tensors.push_back({NameOf(name, what, d), std::vector<int32_t>(values.size())});
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const std::vector<int32_t> digits = DigitsOf(values[i], bits);
    if (digits.size() != tensors.size()) {
      return {ErrorCode::kInvalidArgument,
              "'" + name + "': a " + what + " of more than " + std::to_string(bits) + " bits"};
    }
    for (size_t d = 0; d < digits.size(); ++d) tensors[d].values[i] = digits[d];
  }
  return tensors;
}

}  // namespace

bool AreBits(int bits, int least, int most) {
  return bits >= least && bits <= most && bits % kBitsStep == 0;
}

CommittedMatrix::CommittedMatrix(Builder& b, const std::string& name, uint32_t outputs,
                                 uint32_t row, int bits)
    : name_(name),
      rows_inside_(RowsInside(outputs, row)),
      digits_(DigitTensors(b, name, "weight",
                           rows_inside_ ? MakeShape({outputs, row}) : MakeShape({row, outputs}),
                           bits)) {}

View CommittedMatrix::At(Builder& b, const Shape& shape, uint32_t output_dim, uint32_t first_output,
                         uint32_t row_dim) const {
  IndexMap map;
  map.sources = {From(output_dim, 1, static_cast<int32_t>(first_output)), From(row_dim)};
  if (!rows_inside_) std::swap(map.sources[0], map.sources[1]);
  return Composed(b, name_, digits_, shape, map);
}

CommittedBias::CommittedBias(Builder& b, const std::string& name, uint32_t outputs, int bits)
    : name_(name), digits_(DigitTensors(b, name, "bias", MakeShape({outputs}), bits)) {}

View CommittedBias::At(Builder& b, const Shape& shape, uint32_t output_dim,
                       uint32_t first_output) const {
  IndexMap map;
  map.sources = {From(output_dim, 1, static_cast<int32_t>(first_output))};
  return Composed(b, name_, digits_, shape, map);
}

Result<std::vector<CommittedDigits>> DigitsOfLayer(const std::string& name, uint32_t outputs,
                                                   int weight_bits, int bias_bits,
                                                   std::span<const int32_t> weight,
                                                   std::span<const int32_t> bias) {
  if (outputs == 0 || weight.size() % outputs != 0 || (!bias.empty() && bias.size() != outputs) ||
      bias.empty() != (bias_bits == 0)) {
    return {ErrorCode::kInvalidArgument, "'" + name + "': weights and outputs do not match"};
  }
  const size_t row = weight.size() / outputs;
  SecureVector<int32_t> laid(weight.begin(), weight.end());
  if (!RowsInside(outputs, row)) {
    for (size_t o = 0; o < outputs; ++o) {
      for (size_t i = 0; i < row; ++i) laid[i * outputs + o] = weight[o * row + i];
    }
  }
  VOIZK_ASSIGN_OR_RETURN(auto digits, DigitsOfAll(name, "weight", laid, weight_bits));
  VOIZK_ASSIGN_OR_RETURN(auto more, DigitsOfAll(name, "bias", bias, bias_bits));
  std::move(more.begin(), more.end(), std::back_inserter(digits));
  return digits;
}

Result<int> BitsOfValues(std::span<const int32_t> values, int most) {
  if (values.empty()) return 0;
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  for (int bits = kBitsStep; bits <= most; bits += kBitsStep) {
    // Which values the digits hold is an interval.
    if (!DigitsOf(*lo, bits).empty() && !DigitsOf(*hi, bits).empty()) return bits;
  }
  int64_t least = 0, greatest = 0;
  for (int d = DigitCount(most) - 1; d >= 0; --d) {
    const int64_t half = int64_t{1} << (BitsOfDigit(most, d) - 1);
    least = least * (int64_t{1} << kDigitBits) - half;
    greatest = (greatest << kDigitBits) + half - 1;
  }
  return {ErrorCode::kUnsupported, "committed values of this kind lie in [" +
                                       std::to_string(least) + ", " + std::to_string(greatest) +
                                       "]"};
}

}  // namespace voizk::op

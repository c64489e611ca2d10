// A phrase that differs in one digit: tests change the phrase of a random challenge with it, so
// that none depends on which digits were drawn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace voizk {

/// `digits` with another digit at `at`, still without equal neighbours.
inline std::vector<uint8_t> WithOtherDigit(std::vector<uint8_t> digits, size_t at) {
  const uint8_t before = digits[at];
  do {
    digits[at] = static_cast<uint8_t>((digits[at] + 1) % 10);
  } while (digits[at] == before || (at > 0 && digits[at] == digits[at - 1]) ||
           (at + 1 < digits.size() && digits[at] == digits[at + 1]));
  return digits;
}

}  // namespace voizk

// Operations on sequences while a graph is made flat: a sequence is a list of values.
#ifndef VOIZK_NETWORK_SPECIALISE_FLAT_SEQUENCES_H_
#define VOIZK_NETWORK_SPECIALISE_FLAT_SEQUENCES_H_

#include <string>
#include <string_view>
#include <vector>

#include "network/specialise/flat_builder.h"

namespace voizk {

class FlatSequences {
 public:
  explicit FlatSequences(FlatBuilder& builder) : builder_(builder) {}

  static bool Understands(std::string_view op);

  /// The node's outputs.  kUnsupported: a position that depends on input values.
  Result<std::vector<FlatItem>> Add(const FloatNode& node, const std::vector<FlatItem>& inputs,
                                    const std::vector<std::string>& names);

  /// The values side by side along a new axis.
  Result<FloatValueId> Stack(const FloatNode& node, const std::vector<FloatValueId>& list,
                             int64_t axis, const std::string& name);

 private:
  Result<FloatValueId> Concat(const FloatNode& node, const std::vector<FloatValueId>& list,
                              int64_t axis, const std::string& name);
  Result<std::vector<FloatValueId>> Split(const FloatNode& node, FloatValueId x,
                                          const FloatTensor* sizes, const std::string& name);
  Result<FloatValueId> Resized(const FloatNode& node, const char* op, FloatValueId x, int64_t axis,
                               const std::string& name);
  Result<int64_t> Position(const FloatNode& node, const std::vector<FlatItem>& inputs, size_t i,
                           size_t size, int64_t absent);

  FlatBuilder& builder_;
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_SPECIALISE_FLAT_SEQUENCES_H_

// Writes the quantised model node by node, and builds its relation along the way, so that the range
// that the certificate will give a value is known when the next operation is chosen.
#ifndef VOIZK_NETWORK_QUANTISE_EMITTER_H_
#define VOIZK_NETWORK_QUANTISE_EMITTER_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "network/model/quantised_model.h"
#include "relation/builder/builder.h"

namespace voizk {

class Emitter {
 public:
  using Node = size_t;

  /// An input of the prover.
  Result<Node> Input(QuantisedModel::Input input);
  /// Errors name `name` and the operation; kUnsupported where values may leave (-p/2, p/2).
  Result<Node> Add(std::string_view name, std::string_view op, ModelAttributes attributes,
                   std::span<const Node> inputs);

  const Shape& shape(Node node) const { return nodes_[node].value.view.shape; }
  std::span<const uint32_t> dims(Node node) const {
    return std::span(shape(node).dims).first(static_cast<size_t>(shape(node).rank));
  }
  /// Certified range of its values.
  Interval range(Node node) const { return nodes_[node].range; }
  const std::string& name(Node node) const { return nodes_[node].name; }

  /// The model of what `output` needs.  Requantisations by shifts that clamp alike share a table,
  /// but for wide ones of few outputs, which go without.
  QuantisedModel Finish(Node output) &&;

 private:
  struct Entry {
    std::string name;
    std::string op;  // empty: an input
    std::vector<Node> inputs;
    ModelAttributes attributes;
    QuantisedModel::Input input;
    Value value;
    Interval range;
  };
  std::string UniqueName(std::string_view name);
  Result<Node> Keep(Entry entry);
  void ChooseTables(const std::vector<bool>& needed);

  std::vector<Entry> nodes_;
  std::map<std::string, size_t, std::less<>> names_;  // and how often they were asked for
  Builder builder_;
};

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_EMITTER_H_

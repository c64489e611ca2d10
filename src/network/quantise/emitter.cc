#include "network/quantise/emitter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>

#include "network/operations/limits.h"
#include "relation/gadgets/commit.h"

namespace voizk {

namespace {

constexpr size_t kMostNodes = 2 * Graph::kMaxNodes;  // some are not needed in the end
constexpr int64_t kMostKeyBits = 29;                 // of what a row of a table stands for
constexpr int64_t kMostTableBits = 16;               // of a requantisation's table, each side of 0

}  // namespace

std::string Emitter::UniqueName(std::string_view name) {
  constexpr size_t kMost = Graph::kMaxNameLength - 16;  // room for a number
  const std::string base(name.substr(0, kMost));
  std::string unique = base.empty() ? "node" : base;
  while (true) {
    const size_t times = names_[unique]++;
    if (times == 0) return unique;
    std::string next = base + " " + std::to_string(times + 1);
    if (names_.find(next) == names_.end()) unique = std::move(next);
  }
}

Result<Emitter::Node> Emitter::Keep(Entry entry) {
  if (nodes_.size() >= kMostNodes) {
    return {ErrorCode::kLimitExceeded, "the network needs more than 2^14 operations"};
  }
  if (builder_.failed()) {
    return {ErrorCode::kUnsupported,
            "node '" + entry.name + "' (" + entry.op + "): " + builder_.error().message};
  }
  entry.range = builder_.Bound(entry.value.view);
  if (entry.range.lo < -kHalfModulus || entry.range.hi > kHalfModulus) {
    return {ErrorCode::kUnsupported,
            "node '" + entry.name + "' (" + entry.op + "): its values may leave (-p/2, p/2)"};
  }
  nodes_.push_back(std::move(entry));
  return nodes_.size() - 1;
}

Result<Emitter::Node> Emitter::Input(QuantisedModel::Input input) {
  Entry entry;
  entry.name = input.name = UniqueName(input.name);
  Shape shape;
  shape.rank = static_cast<int>(input.shape.size());
  std::copy(input.shape.begin(), input.shape.end(), shape.dims.begin());
  VOIZK_RETURN_IF_ERROR(op::CheckValueShape(shape));
  entry.value = ValueOf(builder_, gadgets::Input(builder_, entry.name, shape, input.lo, input.hi));
  entry.input = std::move(input);
  return Keep(std::move(entry));
}

Result<Emitter::Node> Emitter::Add(std::string_view name, std::string_view op,
                                   ModelAttributes attributes, std::span<const Node> inputs) {
  Entry entry;
  entry.name = UniqueName(name);
  entry.op = op;
  entry.inputs.assign(inputs.begin(), inputs.end());
  const auto at = [&](const Error& error) {
    return Error{error.code, "node '" + entry.name + "' (" + entry.op + "): " + error.message};
  };
  const auto operation = MakeOperation(op, attributes);
  if (!operation.ok()) return at(operation.error());
  std::vector<Shape> shapes;
  std::vector<Value> operands;
  for (const Node input : inputs) {
    shapes.push_back(shape(input));
    operands.push_back(nodes_[input].value);
  }
  const auto out = (*operation)->OutputShape(shapes);
  if (!out.ok()) return at(out.error());
  const Status fits = op::CheckValueShape(*out);
  if (!fits.ok()) return at(fits.error());
  entry.value = (*operation)->Reduce(entry.name, operands, builder_);
  for (size_t i = 0; i < inputs.size(); ++i) nodes_[inputs[i]].value = std::move(operands[i]);
  entry.attributes = std::move(attributes);
  return Keep(std::move(entry));
}

// Requantisations by shifts that clamp alike share one table of 2 * 2^bits rows, bits being what
// the widest needs; or the widest go without.  What is least: rows and the lookups of those
// without.
void Emitter::ChooseTables(const std::vector<bool>& needed) {
  struct Shift {
    int64_t bits;  // of the rows on each side of 0 that its accumulator can reach
    size_t node;
    uint64_t outputs;
  };
  std::map<std::pair<int64_t, int64_t>, std::vector<Shift>> groups;  // by clamp
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (!needed[i] || nodes_[i].op != "requant") continue;
    const auto number = [&](const char* key) {
      return std::get<int64_t>(nodes_[i].attributes[key]);
    };
    if (number("mult") != int64_t{1} << number("q")) continue;
    const Interval acc = nodes_[nodes_[i].inputs[0]].range;
    const int64_t reach = std::max(acc.hi >> number("shift"), -1 - (acc.lo >> number("shift")));
    groups[{number("lo"), number("hi")}].push_back(
        {static_cast<int64_t>(std::bit_width(static_cast<uint64_t>(std::max<int64_t>(reach, 0)))),
         i, shape(i).Cells()});
  }
  // Beside two lookups each: over, under, a limb of each, two products, cells; or, where the clamp
  // is a power of two, two lookups and cells.
  constexpr uint64_t kWideCost = 7, kWideTableCost = 4;
  for (auto& [clamp, group] : groups) {
    // A row h of the table stands for h * 2^shift, which has to lie in the field.
    const auto room = [&](size_t node) {
      return kMostKeyBits - std::get<int64_t>(nodes_[node].attributes["shift"]);
    };
    std::sort(group.begin(), group.end(),
              [](const Shift& a, const Shift& b) { return a.bits < b.bits; });
    const auto count = static_cast<uint64_t>(clamp.second - clamp.first + 1);
    const uint64_t cost = std::has_single_bit(count) ? kWideTableCost : kWideCost;
    // The first `kept` share a table.
    uint64_t without = 0, least = UINT64_MAX;
    size_t kept = 0;
    for (size_t n = group.size();; --n) {
      const uint64_t rows = n == 0 ? 0 : uint64_t{2} << group[n - 1].bits;
      if (rows + without < least && (n == 0 || group[n - 1].bits <= kMostTableBits)) {
        least = rows + without;
        kept = n;
      }
      if (n == 0) break;
      without += cost * group[n - 1].outputs;
    }
    if (clamp.first == clamp.second) kept = group.size();
    for (size_t n = 0; n < group.size(); ++n) {
      ModelAttributes& attributes = nodes_[group[n].node].attributes;
      const int64_t most = room(group[n].node);
      const bool fits = n < kept && group[n].bits <= most;
      if (fits || (n < kept && clamp.first == clamp.second)) {
        attributes["table_bits"] = std::max(group[n].bits, std::min(group[kept - 1].bits, most));
        attributes.erase("wide");
      }
    }
  }
}

QuantisedModel Emitter::Finish(Node output) && {
  std::vector<bool> needed(nodes_.size(), false);
  needed[output] = true;
  for (size_t i = output + 1; i-- > 0;) {
    if (!needed[i]) continue;
    for (const Node input : nodes_[i].inputs) needed[input] = true;
  }
  ChooseTables(needed);
  QuantisedModel model;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].op.empty()) model.inputs.push_back(std::move(nodes_[i].input));
    if (!needed[i] || nodes_[i].op.empty()) continue;
    std::vector<std::string> inputs;
    for (const Node input : nodes_[i].inputs) inputs.push_back(nodes_[input].name);
    model.nodes.push_back(
        {nodes_[i].name, nodes_[i].op, std::move(inputs), std::move(nodes_[i].attributes)});
  }
  model.output.node = nodes_[output].name;
  return model;
}

}  // namespace voizk

#include "network/specialise/graph_editor.h"

#include <algorithm>

#include "network/specialise/dead_nodes.h"

namespace voizk {

GraphEditor::GraphEditor(FloatGraph graph) : graph_(std::move(graph)) {
  writer_.assign(graph_.values.size(), SIZE_MAX);
  readers_.resize(graph_.values.size());
  is_output_.assign(graph_.values.size(), false);
  for (const FloatValueId id : graph_.outputs) is_output_[id] = true;
  for (size_t n = 0; n < graph_.nodes.size(); ++n) {
    for (const FloatValueId id : graph_.nodes[n].outputs) {
      if (id != kAbsentValue) writer_[id] = n;
    }
    Read(n, graph_.nodes[n], true);
  }
}

// Notes or strikes out what a node reads.
void GraphEditor::Read(size_t n, const FloatNode& node, bool reads) {
  for (const FloatValueId id : node.inputs) {
    if (id == kAbsentValue) continue;
    if (reads) {
      ++readers_[id][n];
      continue;
    }
    const auto found = readers_[id].find(n);
    if (found == readers_[id].end()) continue;
    if (--found->second == 0) readers_[id].erase(found);
  }
}

std::optional<size_t> GraphEditor::WriterIndex(FloatValueId id) const {
  if (id == kAbsentValue || writer_[id] == SIZE_MAX) return std::nullopt;
  return writer_[id];
}

const FloatNode* GraphEditor::Writer(FloatValueId id, std::string_view op) const {
  const auto n = WriterIndex(id);
  if (!n || node(*n).op != op || node(*n).inputs.empty()) return nullptr;
  const bool whole = std::ranges::count(node(*n).inputs, kAbsentValue) == 0;
  return whole ? &node(*n) : nullptr;
}

bool GraphEditor::HasOneReader(FloatValueId id) const {
  return !is_output_[id] && readers_[id].size() == 1 && readers_[id].begin()->second == 1;
}

FloatValueId GraphEditor::AddConstant(std::string_view hint, FloatTensor tensor) {
  const std::string name = std::string(hint) + "#merged" + std::to_string(names_++);
  work_ += tensor.size();
  writer_.push_back(SIZE_MAX);
  readers_.emplace_back();
  is_output_.push_back(false);
  return graph_.AddConstant(name, std::move(tensor));
}

void GraphEditor::Replace(size_t n, FloatNode node) {
  std::vector<FloatValueId> left = graph_.nodes[n].inputs;
  Read(n, graph_.nodes[n], false);
  Read(n, node, true);
  node.outputs = graph_.nodes[n].outputs;
  graph_.nodes[n] = std::move(node);
  while (!left.empty()) {
    const FloatValueId id = left.back();
    left.pop_back();
    const auto writer = WriterIndex(id);
    // Weights that were merged into others are given back at once.
    if (id != kAbsentValue && !writer && readers_[id].empty() && !is_output_[id]) {
      graph_.values[id].constant.reset();
    }
    if (!writer || !IsUnread(graph_.nodes[*writer])) continue;
    FloatNode& dead = graph_.nodes[*writer];
    Read(*writer, dead, false);
    left.insert(left.end(), dead.inputs.begin(), dead.inputs.end());
    dead.inputs.clear();  // Finish drops it
    dead.op.clear();
  }
}

bool GraphEditor::IsUnread(const FloatNode& node) const {
  return !node.op.empty() && std::ranges::all_of(node.outputs, [&](FloatValueId id) {
    return id == kAbsentValue || (readers_[id].empty() && !is_output_[id]);
  });
}

void GraphEditor::SetInput(size_t n, size_t i, FloatValueId id) {
  FloatNode changed = graph_.nodes[n];
  changed.inputs[i] = id;
  Replace(n, std::move(changed));
}

FloatGraph GraphEditor::Finish() && { return WithoutDeadNodes(std::move(graph_)); }

}  // namespace voizk

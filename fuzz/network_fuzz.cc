// Networks of the public interface, one operation after another as the bytes say, with ranges,
// weights and shapes up to their limits: what evaluates is proven and accepted, what does not is
// refused by proof and verification alike (docs/graph.md, the one range rule).
#include <algorithm>
#include <string>

#include "fuzz_input.h"
#include "voizk/graph.h"

namespace voizk {
namespace {

constexpr uint32_t kMaxLength = 12, kMaxChannels = 4;
constexpr size_t kMaxOperations = 6;

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool empty() const { return size_ == 0; }
  uint8_t Next() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  uint32_t Below(uint32_t n) { return Next() % n; }
  /// Small numbers, powers of two and their neighbours, up to the ends of int32_t.
  int32_t Number() {
    const uint8_t b = Next();
    if (b < 128) return b - 64;
    const int64_t power = int64_t{1} << (b & 31);
    const int64_t v = power + Below(3) - 1;
    return static_cast<int32_t>(std::clamp<int64_t>((b & 32) != 0 ? -v : v, INT32_MIN, INT32_MAX));
  }
  std::vector<int32_t> Numbers(size_t count) {
    std::vector<int32_t> v(count);
    for (int32_t& x : v) x = Number();
    return v;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

class Maker {
 public:
  Maker(const uint8_t* data, size_t size) : bytes_(data, size) {}

  Network network;
  Inputs inputs;

  void Make() {
    nodes_.push_back(Input());
    for (size_t k = 0; k < kMaxOperations && !bytes_.empty(); ++k) nodes_.push_back(Operation());
  }

 private:
  Network::Node Some() { return nodes_[bytes_.Below(static_cast<uint32_t>(nodes_.size()))]; }

  Network::Node Input() {
    std::vector<uint32_t> dims{1 + bytes_.Below(kMaxLength)};
    for (uint32_t rank = bytes_.Below(3); rank > 0; --rank) {
      dims.push_back(1 + bytes_.Below(kMaxChannels));
    }
    int32_t lo = bytes_.Number(), hi = bytes_.Number();
    if (lo > hi) std::swap(lo, hi);
    size_t cells = 1;
    for (const uint32_t d : dims) cells *= d;
    const std::string name = "input " + std::to_string(inputs.size());
    std::vector<int32_t>& values = inputs[name];
    for (size_t i = 0; i < cells; ++i) values.push_back(std::clamp(bytes_.Number(), lo, hi));
    return network.Input(name, std::move(dims), lo, hi);
  }

  Network::Node Convolution(Network::Node x) {
    Network::Conv1dLayer layer;
    layer.outputs = 1 + bytes_.Below(kMaxChannels);
    layer.kernel = 1 + bytes_.Below(3);
    layer.group_inputs = 1 + bytes_.Below(kMaxChannels);
    layer.weight = bytes_.Numbers(size_t{layer.outputs} * layer.kernel * layer.group_inputs);
    if (bytes_.Below(2) == 0) layer.bias = bytes_.Numbers(layer.outputs);
    layer.stride = bytes_.Below(3);
    layer.dilation = bytes_.Below(3);
    layer.pad_left = bytes_.Below(3);
    layer.pad_right = bytes_.Below(3);
    layer.groups = bytes_.Below(3);
    return network.Conv1d(x, layer);
  }

  Network::Node Image(Network::Node x) {
    Network::Conv2dLayer layer;
    layer.outputs = 1 + bytes_.Below(2);
    layer.kernel_height = 1 + bytes_.Below(2);
    layer.kernel_width = 1 + bytes_.Below(2);
    layer.group_inputs = 1 + bytes_.Below(kMaxChannels);
    layer.weight = bytes_.Numbers(size_t{layer.outputs} * layer.kernel_height * layer.kernel_width *
                                  layer.group_inputs);
    layer.pad = {bytes_.Below(2), bytes_.Below(2), bytes_.Below(2), bytes_.Below(2)};
    return network.Conv2d(x, layer);
  }

  Network::Node Operation() {
    const auto x = Some();
    switch (bytes_.Below(17)) {
      case 0:
        return Input();
      case 1:
        return Convolution(x);
      case 2:
        return Image(x);
      case 3: {
        const uint32_t outputs = 1 + bytes_.Below(kMaxChannels);
        return network.Dense(x, outputs, bytes_.Numbers(size_t{outputs} * (1 + bytes_.Below(48))),
                             {});
      }
      case 4:
        return network.Requant(x, static_cast<int>(bytes_.Below(32)), bytes_.Number(),
                               static_cast<int>(bytes_.Below(48)), bytes_.Number(),
                               bytes_.Number());
      case 5:
        return network.Table(x, static_cast<int>(bytes_.Below(32)), bytes_.Number(),
                             bytes_.Numbers(bytes_.Below(8)));
      case 6:
        return network.MaxPool1d(x, bytes_.Below(4), bytes_.Below(4));
      case 7:
        return network.MaxPool2d(x, {bytes_.Below(4), bytes_.Below(4)}, {1, bytes_.Below(4)});
      case 8:
        return network.AvgPool1d(x, bytes_.Below(4), bytes_.Below(4));
      case 9:
        return network.AvgPool2d(x, {bytes_.Below(4), bytes_.Below(4)}, {1, bytes_.Below(4)});
      case 10:
        return network.MeanTime(x);
      case 11:
        return network.StatsPool(x, Some());
      case 12:
        return network.Add(x, Some());
      case 13:
        return network.Mul(x, Some());
      case 14:
        return network.Concat({x, Some(), Some()});
      case 15:
        return network.Slice(x, bytes_.Below(4), bytes_.Below(5));
      default:
        return network.Broadcast(x, Some());
    }
  }

  Bytes bytes_;
  std::vector<Network::Node> nodes_;
};

void Run(const uint8_t* data, size_t size) {
  Maker m(data, size);
  m.Make();
  const auto output = EvaluateNetwork(m.network, m.inputs);
  if (!output.ok()) {
    const ErrorCode code = output.error().code;
    Claim(code != ErrorCode::kInternal && code != ErrorCode::kOutOfMemory, "a network's own fault");
    if (code == ErrorCode::kRefused) return;
    Claim(output.error().message.find("node '") != std::string::npos, "the node is named");
    Claim(!ProveNetwork(m.network, m.inputs, {}, {}).ok(), "not proven either");
    Claim(!VerifyNetwork(m.network, {}, {}, {}).ok(), "nor verified");
    return;
  }
  const auto proof = ProveNetwork(m.network, m.inputs, *output, {});
  Claim(proof.ok(), "what evaluates is proven");
  Claim(VerifyNetwork(m.network, *output, {}, *proof).ok(), "what is proven is accepted");
}

}  // namespace
}  // namespace voizk

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  voizk::Run(data, size);
  return 0;
}

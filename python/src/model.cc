// Models of others (voizk/model.h): one run, its proof, its verification.
#include <pybind11/stl.h>
#include <voizk/model.h>

#include <optional>
#include <tuple>

#include "convert.h"

namespace voizk::python {
namespace {

std::vector<std::vector<float>> ToInputs(const Model& model, const std::vector<Reals>& arrays) {
  if (arrays.size() != model.inputs().size()) {
    Raise({ErrorCode::kInvalidArgument,
           "the model has " + std::to_string(model.inputs().size()) + " inputs"});
  }
  std::vector<std::vector<float>> inputs;
  for (size_t i = 0; i < arrays.size(); ++i) {
    const Model::Tensor& tensor = model.inputs()[i];
    const std::vector<int64_t> shape(arrays[i].shape(), arrays[i].shape() + arrays[i].ndim());
    if (shape != tensor.dims) {
      Raise({ErrorCode::kInvalidArgument, "input '" + tensor.name + "' has another shape"});
    }
    inputs.emplace_back(arrays[i].data(), arrays[i].data() + arrays[i].size());
  }
  return inputs;
}

py::array_t<float> Output(const Model& model, const ModelRun& run) {
  return ToArray<float>(run.real_output, model.output().dims);
}

py::array_t<float> Evaluate(const Model& model, const std::vector<Reals>& arrays, int threads) {
  const auto inputs = ToInputs(model, arrays);
  const auto run = [&] {
    const py::gil_scoped_release unlocked;
    return EvaluateModel(model, inputs, threads);
  };
  return Output(model, Take(run()));
}

std::tuple<py::bytes, py::array_t<float>> Prove(const Model& model,
                                                const std::vector<Reals>& arrays,
                                                bool public_inputs, const py::bytes& context,
                                                int threads) {
  const auto inputs = ToInputs(model, arrays);
  const auto bound = ToVector(context);
  ModelRun run;
  const auto proven = [&] {
    const py::gil_scoped_release unlocked;
    return ProveModel(model, inputs, public_inputs, bound, threads, &run);
  };
  const std::vector<uint8_t> proof = Take(proven());
  return {ToBytes(proof), Output(model, run)};
}

/// Public inputs are integers in the network's order: flat.
std::tuple<py::array_t<float>, std::optional<std::vector<py::array_t<int32_t>>>> Verify(
    const Model& model, const py::bytes& proof, const py::bytes& context) {
  const auto bytes = ToVector(proof);
  const auto bound = ToVector(context);
  const auto verified = [&] {
    const py::gil_scoped_release unlocked;
    return VerifyModel(model, bound, bytes);
  };
  const ModelRun run = Take(verified());
  if (run.inputs.empty()) return {Output(model, run), std::nullopt};
  std::vector<py::array_t<int32_t>> inputs;
  for (const std::vector<int32_t>& input : run.inputs) {
    inputs.push_back(ToArray<int32_t>(input, {static_cast<int64_t>(input.size())}));
  }
  return {Output(model, run), inputs};
}

}  // namespace

void AddModel(py::module_* module) {
  using py::arg;
  using Tensor = Model::Tensor;
  py::class_<Tensor>(*module, "Tensor")
      .def_readonly("name", &Tensor::name)
      .def_readonly("dims", &Tensor::dims)
      .def_readonly("step", &Tensor::step)
      .def_readonly("lo", &Tensor::lo)
      .def_readonly("hi", &Tensor::hi);
  py::class_<Model>(*module, "Model")
      .def_static(
          "read", [](const py::bytes& file) { return Take(Model::Read(ToVector(file))); },
          arg("file"))
      .def_property_readonly("name", &Model::name)
      .def_property_readonly("digest", [](const Model& m) { return ToBytes(m.digest()); })
      .def_property_readonly("inputs", &Model::inputs)
      .def_property_readonly("output", &Model::output)
      .def("evaluate", &Evaluate, arg("inputs"), py::kw_only(), arg("threads") = 1)
      .def("prove", &Prove, arg("inputs"), py::kw_only(), arg("public_inputs") = false,
           arg("context") = py::bytes(), arg("threads") = 1)
      .def("verify", &Verify, arg("proof"), py::kw_only(), arg("context") = py::bytes())
      .def(
          "to_integers",
          [](const Model& model, size_t input, const Reals& reals) {
            if (input >= model.inputs().size()) {
              Raise({ErrorCode::kInvalidArgument, "the model has no such input"});
            }
            const std::span<const float> values(reals.data(), static_cast<size_t>(reals.size()));
            const auto integers = Take(model.ToIntegers(input, values));
            return ToArray<int32_t>(integers, {static_cast<int64_t>(integers.size())});
          },
          arg("input"), arg("reals"));
}

}  // namespace voizk::python

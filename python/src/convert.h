// Between Python's values and the library's: bytes, arrays, errors.
#ifndef VOIZK_PYTHON_CONVERT_H_
#define VOIZK_PYTHON_CONVERT_H_

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <voizk/result.h>
#include <voizk/secure.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace voizk::python {

namespace py = pybind11;

/// One-dimensional, and 16-bit already: a recording in float would be silence as integers.
using Pcm = py::array_t<int16_t, py::array::c_style>;
using Reals = py::array_t<float, py::array::c_style | py::array::forcecast>;

/// Throws the exception of voizk._errors for this error.
[[noreturn]] void Raise(const Error& error);
/// voizk.Refused; `reason` for programs, `text` for people.
[[noreturn]] void RaiseRefused(const char* reason, const char* text);

inline void Check(const Status& status) {
  if (!status.ok()) Raise(status.error());
}
template <typename T>
T Take(Result<T> result) {
  if (!result.ok()) Raise(result.error());
  return std::move(result).value();
}

// Copies, since Python may change what it holds once its lock is given back; zeroed where secret.
std::vector<uint8_t> ToVector(const py::bytes& bytes);
SecureVector<char> ToSecret(const py::bytes& bytes);
SecureVector<int16_t> ToSamples(const Pcm& pcm);
py::bytes ToBytes(std::span<const uint8_t> bytes);

/// Of this shape.  kInternal: as many values as it has are not there.
template <typename T>
py::array_t<T> ToArray(std::span<const T> values, const std::vector<int64_t>& dims) {
  py::array_t<T> array(std::vector<py::ssize_t>(dims.begin(), dims.end()));
  if (static_cast<size_t>(array.size()) != values.size()) {
    Raise({ErrorCode::kInternal, "an array of another size than its shape"});
  }
  std::copy(values.begin(), values.end(), array.mutable_data());
  return array;
}

void AddLogin(py::module_* module);
void AddModel(py::module_* module);

}  // namespace voizk::python

#endif  // VOIZK_PYTHON_CONVERT_H_

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/sizes.h"
#include "login/bundle/bundle_data.h"
#include "network/model_file/json_reader.h"

namespace voizk {

namespace {

Result<std::vector<uint8_t>> ReadFile(const std::filesystem::path& path, size_t limit) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) {
    const bool absent = !std::filesystem::exists(path, error);
    return {absent ? ErrorCode::kNotFound : ErrorCode::kIo, "cannot read " + path.string()};
  }
  if (size > limit) return {ErrorCode::kLimitExceeded, path.string() + " is too large"};
  std::vector<uint8_t> bytes(ToSize(size));
  std::ifstream in(path, std::ios::binary);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!in || in.gcount() != static_cast<std::streamsize>(size)) {
    return {ErrorCode::kIo, "cannot read " + path.string()};
  }
  return bytes;
}

// The weights file is a sibling of bundle.json, never elsewhere.
Result<std::string> WeightsName(std::span<const uint8_t> json) {
  VOIZK_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(json));
  Status status;
  JsonObject o(document, "bundle", status);
  JsonObject weights = o.Object("weights");
  std::string name = weights.Text("file", 64);
  VOIZK_RETURN_IF_ERROR(status);
  if (name.empty() || name == ".." || name == "." ||
      name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
    return {ErrorCode::kMalformed, "model file: the weights file must lie beside bundle.json"};
  }
  return name;
}

struct Files {
  std::vector<uint8_t> json, weights;
};

Result<Files> ReadFiles(const std::string& folder) try {
  const std::filesystem::path path(folder);
  Files files;
  VOIZK_ASSIGN_OR_RETURN(files.json, ReadFile(path / "bundle.json", kMaxBundleJson));
  VOIZK_ASSIGN_OR_RETURN(const std::string name, WeightsName(files.json));
  VOIZK_ASSIGN_OR_RETURN(files.weights, ReadFile(path / name, kMaxBundleWeights));
  return files;
} catch (const std::filesystem::filesystem_error&) {
  return {ErrorCode::kIo, "cannot read the bundle in " + folder};
}

}  // namespace

Result<std::shared_ptr<const BundleData>> LoadBundle(const std::string& folder) {
  VOIZK_ASSIGN_OR_RETURN(const Files files, ReadFiles(folder));
  return ParseBundle(files.json, files.weights);
}

Result<std::array<uint8_t, 32>> DigestOfBundle(const std::string& folder) {
  VOIZK_ASSIGN_OR_RETURN(const Files files, ReadFiles(folder));
  return DigestOfBundle(files.json, files.weights);
}

}  // namespace voizk

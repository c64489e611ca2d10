#include "network/onnx/external_data.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "network/onnx/proto.h"

namespace voizk {

namespace {

struct Place {
  std::string location;
  uint64_t offset = 0;
  uint64_t length = UINT64_MAX;  // not given
};

Result<Place> ReadPlace(const onnx::TensorProto& proto) {
  Place place;
  for (const auto& entry : proto.external_data()) {
    if (entry.key() == "location") {
      place.location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      uint64_t& number = entry.key() == "offset" ? place.offset : place.length;
      const std::string& text = entry.value();
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) {
        return {ErrorCode::kMalformed, "external data: " + entry.key() + " is no number"};
      }
    }
  }
  const std::string& name = place.location;
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    return {ErrorCode::kUnsupported,
            "external data must lie in the network's own folder and be named without a path"};
  }
  return place;
}

// Closes on every way out.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

}  // namespace

Result<std::vector<uint8_t>> ReadExternalData(const onnx::TensorProto& proto,
                                              const std::string& folder, uint64_t bytes) {
  VOIZK_ASSIGN_OR_RETURN(const Place place, ReadPlace(proto));
  if (folder.empty()) {
    return {ErrorCode::kUnsupported, "external data beside bytes that are not of a file"};
  }
  const std::string path = folder + "/" + place.location;
  const Descriptor file{open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (file.fd < 0) {
    if (errno == ENOENT) return {ErrorCode::kNotFound, "external data " + path + " are not there"};
    return {ErrorCode::kIo, "external data " + path + " cannot be read, or are a link"};
  }
  struct stat status = {};
  if (fstat(file.fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    return {ErrorCode::kUnsupported, "external data " + path + " are no regular file"};
  }
  const auto size = static_cast<uint64_t>(status.st_size);
  const uint64_t length = place.length == UINT64_MAX ? bytes : place.length;
  if (length != bytes || place.offset > size || length > size - place.offset) {
    return {ErrorCode::kMalformed,
            "external data " + path + ": offset and length do not fit tensor and file"};
  }
  std::vector<uint8_t> data(bytes);
  for (uint64_t done = 0; done < bytes;) {
    const ssize_t n = pread(file.fd, data.data() + done, std::min<uint64_t>(bytes - done, 1 << 30),
                            static_cast<off_t>(place.offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {ErrorCode::kIo, "external data " + path + " end early"};
    done += static_cast<uint64_t>(n);
  }
  return data;
}

}  // namespace voizk

// FFmpeg's demuxers and decoders (libavformat, libavcodec) over a part of a ByteSource.
#ifndef VOIZK_SPEECH_AUDIO_AV_DECODER_H_
#define VOIZK_SPEECH_AUDIO_AV_DECODER_H_

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/secure.h"
#include "speech/audio/byte_source.h"
#include "speech/audio/container_check.h"

namespace voizk {

/// Samples of all channels, frame after frame; full scale [-1, 1); values may be no numbers.
struct AudioBlock {
  int rate_hz = 0;
  int channels = 0;
  SecureVector<double> interleaved;
};

/// Decodes the first sound track of one part of a container.  One thread at a time.
///
/// What a hostile file may do is bounded: the demuxer is the one that `container` says and is
/// chosen by nobody else; the codecs are those of a short list; nothing can be opened beside the
/// source (playlists, references, URLs); at most eight times the part's bytes are read from it, so
/// no loop of offsets runs for ever; no block of memory is above 32 MB; at most 16 tracks.  The
/// last but one, and silence on stderr, are settings of the libraries for the whole process
/// (av_max_alloc, av_log_set_level), made once, before the first use.
///
/// The libraries hold samples in memory of their own, which is not zeroed.
class AvDecoder {
 public:
  /// `source` must outlive the decoder.  kMalformed: damaged; kUnsupported: no sound track, or of a
  /// codec not read here, which is then named.
  static Result<AvDecoder> Open(const ByteSource& source, Container container, Extent part);

  AvDecoder(AvDecoder&&) noexcept;
  AvDecoder& operator=(AvDecoder&&) = delete;
  ~AvDecoder();

  /// The next samples; false at the end.  Rate and channels may change from block to block.
  /// kMalformed: damaged or truncated.
  Result<bool> Next(AudioBlock* block);

  /// The number of frames that the container states exactly (FLAC), or -1.
  std::int64_t stated_frames() const;

 private:
  struct State;
  explicit AvDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_AV_DECODER_H_

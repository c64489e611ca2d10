// FFmpeg's libavformat, libavcodec and libavutil, opened when the first file is decoded: bringing
// them and what they need (some hundred libraries) into a process takes longer than verifying a
// login does, and most commands decode nothing.
#ifndef VOIZK_SPEECH_AUDIO_AV_LIBRARY_H_
#define VOIZK_SPEECH_AUDIO_AV_LIBRARY_H_

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "base/result.h"

namespace voizk {

// The functions that are used, by library.
// clang-format off: one a line
#define VOIZK_AVFORMAT_FUNCTIONS(X) \
  X(av_find_input_format)           \
  X(av_read_frame)                  \
  X(avformat_alloc_context)         \
  X(avformat_close_input)           \
  X(avformat_free_context)          \
  X(avformat_open_input)            \
  X(avio_alloc_context)             \
  X(avio_context_free)
#define VOIZK_AVCODEC_FUNCTIONS(X) \
  X(av_packet_alloc)               \
  X(av_packet_free)                \
  X(av_packet_unref)               \
  X(avcodec_alloc_context3)        \
  X(avcodec_find_decoder)          \
  X(avcodec_free_context)          \
  X(avcodec_get_name)              \
  X(avcodec_open2)                 \
  X(avcodec_parameters_to_context) \
  X(avcodec_receive_frame)         \
  X(avcodec_send_packet)
#define VOIZK_AVUTIL_FUNCTIONS(X) \
  X(av_frame_alloc)               \
  X(av_frame_free)                \
  X(av_frame_unref)               \
  X(av_freep)                     \
  X(av_get_packed_sample_fmt)     \
  X(av_log_set_level)             \
  X(av_malloc)                    \
  X(av_max_alloc)                 \
  X(av_rescale_q)                 \
  X(av_sample_fmt_is_planar)      \
  X(av_strerror)
// clang-format on

/// Each function under its own name.
struct AvLibrary {
#define VOIZK_MEMBER(name) decltype(&::name) name = nullptr;
  VOIZK_AVFORMAT_FUNCTIONS(VOIZK_MEMBER)
  VOIZK_AVCODEC_FUNCTIONS(VOIZK_MEMBER)
  VOIZK_AVUTIL_FUNCTIONS(VOIZK_MEMBER)
#undef VOIZK_MEMBER
};

/// Opens the libraries of the major versions that this was compiled for, once; any thread, any
/// number of times.  kUnsupported: one is not installed or lacks a function.
Status OpenAvLibrary();
/// After OpenAvLibrary has succeeded.
const AvLibrary& Av();

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_AV_LIBRARY_H_

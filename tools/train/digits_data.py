"""Frame targets for the recogniser. A target is the set of classes that would be right in a 20 ms frame,
as a bit mask; the loss is -log of the set's probability, so doubtful frames carry sets of several."""
import numpy as np

from bundle import CLASSES

WORDS = {"ZERO": 0, "ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5, "SIX": 6, "SEVEN": 7, "EIGHT": 8,
         "NINE": 9, "OH": 10}
SILENCE, OTHER = CLASSES.index("silence"), CLASSES.index("other")
SIL, OTH = 1 << SILENCE, 1 << OTHER


def voiced_of(log_mel, config, margin_db=0.0):
    e = log_mel.astype(np.int64).sum(1)
    live = np.sort(e[e >= config.live_energy])
    if len(live) == 0:
        return np.zeros(len(e), dtype=bool)
    noise = live[(len(live) + 7) // 8 - 1]
    theta = max(e.max() - config.vad_below_peak,
                min(noise + config.vad_above_noise, e.max() - config.vad_min_below_peak))
    return e >= theta - margin_db * 340.2


def grow(mask, frames):
    out = mask.copy()
    for d in range(1, frames + 1):
        out[d:] |= mask[:-d]
        out[:-d] |= mask[d:]
    return out


def span(mask):
    k = np.flatnonzero(mask)
    return (int(k[0]), int(k[-1]) + 1) if len(k) else (0, 0)


def isolated(log_mel, config, word_bits, trimmed):
    """One word in the clip: inside the voiced span it is the word, well outside silence."""
    v = voiced_of(log_mel, config)
    a, b = span(v)
    t = np.full(len(v), SIL | word_bits, dtype=np.int32)
    if b - a < 8:
        return t if trimmed else np.zeros(len(v), dtype=np.int32)
    t[a:b] = word_bits
    if not trimmed:
        # clicks and breath far from the loudest part are not the word
        far = ~grow(voiced_of(log_mel, config, -6.0), 25)
        t[far] = SIL | OTH
        outer = ~grow(v, 10)
        t[outer] = SIL
    return t


def other_speech(log_mel, config, bits=OTH):
    v = voiced_of(log_mel, config)
    t = np.full(len(v), SIL | bits, dtype=np.int32)
    t[v] = bits
    quiet = ~grow(voiced_of(log_mel, config, 3.0), 10)
    t[quiet] = SIL
    return t


def an4(log_mel, config, words, alignment, speed):
    """Aligned digits; everything else in the utterance is other speech or silence."""
    words = words.split()
    only_digits = all(w in WORDS for w in words)
    bits = OTH
    if "O" in words:
        bits |= 1 << WORDS["OH"]  # the letter sounds like the digit, and nobody aligned it
    if only_digits:
        t = np.full(len(log_mel), SIL, dtype=np.int32)
        t[voiced_of(log_mel, config)] = SIL | OTH
    else:
        t = other_speech(log_mel, config, bits)
    for w, a, b in alignment:
        a, b = int(a * 100 / speed), int(b * 100 / speed)
        t[max(0, a - 4):b + 4] |= 1 << WORDS[w]
        t[a:b] |= 1 << WORDS[w]
    for w, a, b in alignment:
        a, b = int(a * 100 / speed), int(b * 100 / speed)
        if b - a > 8:
            t[a + 4:b - 4] = 1 << WORDS[w]
    return t


def hyke(frames, segments, speed):
    """Self-labelled pieces [(digit, start, end)] in 10 ms frames; 0 bits (ignored) outside of them."""
    t = np.zeros(frames, dtype=np.int32)
    for d, a, b in segments:
        bit = 1 << d
        if d == 0:
            bit |= 1 << WORDS["OH"]
        a, b = int(a / speed), int(b / speed)
        t[a:b] = bit
    return t


def targets(utt, log_mel, config, alignments, hyke_labels, speed):
    """[T] bit masks in 10 ms frames (0: frame not used), or None when nothing is known."""
    if utt.corpus == "fsdd":
        return isolated(log_mel, config, 1 << WORDS[utt.words], True)
    if utt.corpus == "speech_commands":
        if utt.words == "":
            return None
        return isolated(log_mel, config, 1 << WORDS[utt.words] if utt.words in WORDS else OTH, False)
    if utt.corpus in ("librispeech", "arabic_commands"):
        return other_speech(log_mel, config)
    if utt.corpus == "an4":
        if any(w in WORDS for w in utt.words.split()) and utt.name not in alignments:
            return None
        return an4(log_mel, config, utt.words, alignments.get(utt.name, []), speed)
    if utt.corpus == "hyke" and utt.name in hyke_labels:
        return hyke_labels[utt.name].targets(len(log_mel), speed)
    return None

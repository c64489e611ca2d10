"""published_test.py SOURCE VOIZK DATA FOLDER: Silero VAD over 3 s, imported with its published weights.

Guards: tools/models/silero.py builds the function that the published file computes chunk by chunk; the integer model
decides at 0.5 as the float one does on speech it was not calibrated on, but for chunks where the float one is undecided
or, rarely, else; a proof of a run is accepted, and refused for another model."""
import csv
import json
import pathlib
import subprocess
import sys

import numpy as np
import onnxruntime

source, voizk, data, folder = (pathlib.Path(p) for p in sys.argv[1:])
LENGTH, RATE, LEAD = 94 * 512, 16000, 4000
published = data / "weights/silero/silero_vad_op18_ifless.onnx"
onnxruntime.set_default_logger_severity(3)


def run(*command, expect=0):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    assert done.returncode == expect, f"{command}: {done.returncode}, not {expect}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def recordings(split, count, to):
    """Arrays [1][1][LENGTH] of that many utterances, a few of each corpus."""
    to.mkdir()
    rows = list(csv.DictReader(open(data / "index.tsv", encoding="utf-8"), delimiter="\t"))
    made = []
    for corpus in ("librispeech", "an4", "hyke"):
        own = [r for r in rows if r["corpus"] == corpus and r["split"] == split and float(r["duration_s"]) > 2]
        for row in own[:: max(1, len(own) // (count // 3))][: count // 3]:
            start = max(0.0, float(row["start_s"]) - LEAD / RATE)
            pcm = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", data / row["path"], "-ss", str(start), "-t",
                                  str(LENGTH / RATE), "-ar", str(RATE), "-ac", "1", "-f", "f32le", "-"],
                                 capture_output=True, check=True).stdout
            samples = np.zeros(LENGTH, np.float32)
            heard = np.frombuffer(pcm, np.float32)[:LENGTH]
            samples[:len(heard)] = heard
            made.append(to / f"{len(made):02d}.npy")
            np.save(made[-1], samples[None, None])
    return made


calibration = recordings("train", 30, folder / "train")
trials = recordings("dev", 12, folder / "dev")
network = folder / "silero.onnx"
report = run(sys.executable, source / "tools/models/silero.py", published, network, "--check", trials[0])
print(report.strip())
assert float(report.split()[-1]) < 1e-5, report

model = folder / "silero.vzm"
run(voizk, "model", "import", network, "--calibrate", calibration[0].parent, "-o", model)
session = onnxruntime.InferenceSession(str(network))
floats = np.array([session.run(None, {"input": np.load(t)})[0][0] for t in trials])
integers = np.array([json.loads(run(voizk, "--json", "model", "eval", model, "--input", t))["output"] for t in trials])
other = (floats > 0.5) != (integers > 0.5)
decided = np.abs(floats - 0.5) > 0.2
print(f"{floats.size} chunks: mean difference {np.abs(floats - integers).mean():.4f}, {other.sum()} other decisions, "
      f"{(other & decided).sum()} where the float network is decided")
assert 0.2 < (floats > 0.5).mean() < 0.95, "the trials hold speech and silence"
assert np.abs(floats - integers).mean() < 0.02
assert other.mean() < 0.02 and (other & decided).mean() < 0.01

proof = folder / "run.proof"
run(voizk, "model", "prove", model, "--input", trials[0], "-o", proof)
run(voizk, "model", "verify", model, proof)
run(voizk, "model", "import", network, "--calibrate", calibration[0].parent, "--bits", "9", "-o", folder / "other.vzm")
run(voizk, "model", "verify", folder / "other.vzm", proof, expect=1)

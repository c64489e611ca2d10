#!/usr/bin/env bash
# Trains both networks and writes models/digits8k. Usage: train_all.sh DATA CACHE
set -euo pipefail
cd "$(dirname "$0")"
data=$1 cache=$2
common=(--data "$data" --cache "$cache")
train() { python3 "train_$1.py" "${common[@]}" "${@:2}"; }
label() { python3 hyke_labels.py "${common[@]}" --recogniser "$cache/$1.pt.float" --out "$cache/$2.json"; }

python3 augment.py "${common[@]}"

# Recogniser: without Hyke, then three rounds of labelling Hyke and going on.
train recogniser --steps 1000 --quantised-steps 0 --out "$cache/rec0.pt"
label rec0 hyke0
train recogniser --steps 1800 --quantised-steps 0 --init "$cache/rec0.pt.float" --hyke-labels "$cache/hyke0.json" --out "$cache/rec1.pt"
label rec1 hyke1
train recogniser --seed 2 --steps 1000 --quantised-steps 0 --init "$cache/rec1.pt.float" --hyke-labels "$cache/hyke1.json" --out "$cache/rec2.pt"
train recogniser --seed 3 --rate 2.5e-3 --steps 1000 --quantised-steps 0 --init "$cache/rec2.pt.float" --hyke-labels "$cache/hyke1.json" --out "$cache/rec3.pt"
label rec3 hyke2
train recogniser --seed 4 --rate 2e-3 --steps 800 --quantised-steps 200 --init "$cache/rec3.pt.float" --hyke-labels "$cache/hyke2.json" --out "$cache/rec4.pt"

# Speaker embedding: two cycles of the learning rate, then quantised on longer crops with a larger margin.
train speaker --steps 3000 --quantised-steps 0 --out "$cache/spk1.pt"
train speaker --seed 2 --rate 2e-3 --steps 1500 --quantised-steps 0 --init "$cache/spk1.pt.float" --out "$cache/spk2.pt"
train speaker --seed 3 --margin 0.3 --frames 300 500 --steps 0 --quantised-steps 350 --init "$cache/spk2.pt.float" --out "$cache/spk3.pt"

# Thresholds from dev speakers, then the bundle.
final=(--speaker "$cache/spk3.pt" --recogniser "$cache/rec4.pt" --other-shift 8)
echo '{"min_frames": [6, 6, 6, 6, 6, 6, 6, 6, 6, 6]}' > "$cache/durations.json"
python3 export_bundle.py "${final[@]}" --decision "$cache/durations.json" --out "$cache/candidate"
python3 phrase_trials.py "${common[@]}" --bundle "$cache/candidate" --min-frames 6 --out "$cache/phrases.json"
python3 choose_decision.py "${common[@]}" --bundle "$cache/candidate" --phrases "$cache/phrases.json" --out "$cache/decision.json"
python3 export_bundle.py "${final[@]}" --decision "$cache/decision.json"
python3 evaluate_bundle.py "${common[@]}"
python3 make_vectors.py

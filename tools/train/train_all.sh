#!/usr/bin/env bash
# Trains the networks and writes models/digits8k and models/large8k. Usage: train_all.sh DATA CACHE
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

# Phrase bounds from dev speakers, with this embedding; its networks are where the student starts.
final=(--speaker "$cache/spk3.pt" --recogniser "$cache/rec4.pt" --other-shift 8)
echo '{"min_frames": [6, 6, 6, 6, 6, 6, 6, 6, 6, 6]}' > "$cache/durations.json"
python3 export_bundle.py "${final[@]}" --decision "$cache/durations.json" --out "$cache/candidate"
python3 phrase_trials.py "${common[@]}" --bundle "$cache/candidate" --min-frames 6 --out "$cache/phrases.json"
python3 choose_decision.py "${common[@]}" --bundle "$cache/candidate" --phrases "$cache/phrases.json" --out "$cache/decision.json"
python3 export_bundle.py "${final[@]}" --decision "$cache/decision.json" --out "$cache/first"

# The teacher's targets and features: recordings, then changed voices. The student begins with random weights towards
# the targets alone (the shipped one did; this loss lets classes move from the start), and joins the first embedding.
for variant in 0 1; do python3 student_data.py "${common[@]}" --variant $variant; done
train student --seed 2 --steps 1500 --rate 3e-3 --quantised-steps 0 --out "$cache/taught.pt"
train student --seed 7 --init "$cache/taught.pt.float" --steps 420 --rate 1.2e-3 --quantised-steps 3 --quantised-rate 1e-5 --out "$cache/taught2.pt"
python3 join_students.py --cache "$cache" --voices 1500 --trunks "$cache/spk3.pt" "$cache/taught2.pt" --out "$cache/joined.pt"

# Both bundles: the network, its threshold, the figures of the model card.
finish() {
  python3 export_bundle.py --speaker "$2" --keep "$cache/first" --name "$1" --out "$cache/$1"
  python3 choose_decision.py "${common[@]}" --bundle "$cache/$1" --out "$cache/$1.json"
  python3 export_bundle.py --speaker "$2" --keep "$cache/first" --name "$1" --decision "$cache/$1.json" --out "../../models/$1"
  python3 evaluate_bundle.py "${common[@]}" --bundle "../../models/$1"
  python3 student_trials.py "${common[@]}" --bundle "../../models/$1" --intervals
}
finish digits8k "$cache/spk3.pt"
finish large8k "$cache/joined.pt"
python3 make_vectors.py

#!/usr/bin/env bash
# Trains both networks and writes models/digits8k. Usage: train_all.sh DATA CACHE
set -euo pipefail
cd "$(dirname "$0")"
data=$1 cache=$2
common=(--data "$data" --cache "$cache")
python3 augment.py "${common[@]}"
python3 train_recogniser.py "${common[@]}" --steps 1000 --quantised-steps 0 --out "$cache/rec0.pt"
python3 hyke_labels.py "${common[@]}" --recogniser "$cache/rec0.pt.float" --out "$cache/hyke0.json"
python3 train_recogniser.py "${common[@]}" --steps 1800 --quantised-steps 300 --init "$cache/rec0.pt.float" \
  --hyke-labels "$cache/hyke0.json" --out "$cache/rec1.pt"
python3 train_speaker.py "${common[@]}" --steps 3000 --quantised-steps 300 --out "$cache/spk1.pt"

"""Where the demo's weights lie."""

from pathlib import Path

WEIGHTS = Path(__file__).resolve().parent / "weights"
# A diffusers folder for StableDiffusionPipeline.from_pretrained.
BASE = WEIGHTS / "tiny-sd15"
# model.onnx and selected_tags.csv.
TAGGER = WEIGHTS / "tagger"

"""Load pretrained encoders into components of spacy-curated-transformers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import AffectError, require


def make_safetensors_loader_v1(path: str) -> Callable[..., Any]:
    """Make the model loader `spacy_affect.SafetensorsLoader.v1`, for `encoder_loader` blocks.

    path (str): A `model.safetensors` with the parameter names of Hugging Face's BERT, RoBERTa or
        ALBERT. No code is run from it, and transformers need not be installed.
    RETURNS (Callable): Fills the encoder of a curated transformer.
    RAISES: AF001 if safetensors is not installed, AF098 for a file that does not fit.
    """

    def load(model: Any, X: Any = None, Y: Any = None) -> Any:
        require("safetensors", what="spacy_affect.SafetensorsLoader.v1", extra="curated")
        from curated_transformers.models.hf_util import convert_pretrained_model_for_encoder
        from safetensors import SafetensorError
        from safetensors.torch import load_file
        from thinc.util import get_torch_default_device

        encoder = model.shims[0]._model
        try:
            found = load_file(Path(path))
            # a buffer of positions, and the head for single sentences: no part of the encoder
            params = {
                name: value.float()
                for name, value in found.items()
                if not name.endswith("position_ids") and "pooler." not in name
            }
            encoder.load_state_dict(convert_pretrained_model_for_encoder(encoder, params))
        except (OSError, SafetensorError, RuntimeError, KeyError) as error:
            raise AffectError("AF098", path=path, reason=" ".join(str(error).split())) from error
        encoder.to(get_torch_default_device())
        return model

    return load

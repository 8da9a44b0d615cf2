"""What is prepared before a training begins."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs the extra cpu or gpu")

from transformers import Gemma3Config

from rbic.models import finetune_run
from rbic.models.encoded_samples import EncodedSamples
from rbic.models.finetune_config import FinetuneConfig


def test_a_model_that_also_sees_is_trained_on_what_the_part_reads_that_reads_text(monkeypatch):
    config = Gemma3Config(text_config={"max_position_embeddings": 10})
    model = SimpleNamespace(config=config)
    encoded = EncodedSamples(
        id_N=np.arange(2), ids_T=np.zeros(22, np.int32), start_N1=np.array([0, 11, 22]),
        reply_start_N=np.array([5, 5]),
    )  # fmt: skip
    monkeypatch.setattr(finetune_run, "load_base", lambda config: (model, None))
    monkeypatch.setattr(EncodedSamples, "of", lambda table: encoded)
    with pytest.raises(ValueError, match="none of 2 samples is short enough for m"):
        finetune_run.prepare(None, FinetuneConfig(model="m", packing=False), None)

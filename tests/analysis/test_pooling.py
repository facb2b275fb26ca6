"""The attention of a query over frames is that of the published formulas."""

from __future__ import annotations

from math import sqrt, tanh

import numpy as np
import pytest
from numpy import ndarray

from vkeyframe.analysis.descriptor import HEADS, SIZE
from vkeyframe.analysis.mechanisms import AdditiveNetwork, additive_attention, scaled_dot_product_attention
from vkeyframe.analysis.pooling import TUNING, head_logits, pool


def units(count: int, seed: int) -> ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, SIZE))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_it_is_dot_product_and_additive_attention_of_each_head() -> None:
    query, keys = units(1, 1), units(9, 2)
    keys[4] = query[0] + 0.2 * keys[4]
    found = pool(head_logits(np.repeat(query, 9, axis=0), keys, HEADS.values()))
    assert found.shape == (9, len(HEADS), 2)
    for number, head in enumerate(HEADS.values()):
        q, k = (part[:, head] / np.linalg.norm(part[:, head], axis=1, keepdims=True) for part in (query, keys))
        by_product = scaled_dot_product_attention(q, k, k, scale=1 / TUNING.temperature)
        assert found[:, number, 0] == pytest.approx(by_product.weights[0], abs=1e-9)
        size = len(head)
        w = TUNING.nearness * sqrt(size) * np.vstack([np.eye(size), -np.eye(size)])
        v = np.full(2 * size, -1.0 / (2.0 * size * tanh(1.0) * TUNING.temperature))
        by_sum = additive_attention(q, k, k, AdditiveNetwork(query=w, key=-w, vector=v, bias=-1.0))
        assert found[:, number, 1] == pytest.approx(by_sum.weights[0], abs=1e-9)


def test_it_gathers_where_the_query_is_and_sums_to_one() -> None:
    query, keys = units(1, 1), units(50, 2)
    keys[17] = query[0]
    found = pool(head_logits(np.repeat(query, 50, axis=0), keys, HEADS.values()))
    assert found.sum(axis=0) == pytest.approx(np.ones((len(HEADS), 2)))
    assert (found[17] > 0.5).all()


def test_a_number_far_off_cannot_outvote_the_others() -> None:
    query = units(1, 1)
    spoilt, unlike = query.copy(), units(1, 3)
    spoilt[0, :6] += 1.0
    logits = head_logits(np.repeat(query, 2, axis=0), np.vstack([spoilt, unlike]), [np.arange(85)])[:, 0]
    # By dot product little is left of it, by votes most.
    assert logits[0, 0] < 0.6
    assert logits[0, 1] > logits[0, 0] + 0.1
    assert logits[0, 1] > logits[1, 1] + 0.15

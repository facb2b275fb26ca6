"""The public formulas of attention, against PyTorch where it is installed and against loops written out in any case."""

from __future__ import annotations

from math import exp, sqrt, tanh
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from vkeyframe import attention
from vkeyframe.attention import AdditiveNetwork, Projections
from vkeyframe.errors import UsageError

CLOSE = 1e-5


def drawn(*shape: int, seed: int = 0) -> ndarray:
    return np.random.default_rng([seed, *shape]).normal(0.0, 1.0, shape)


def attended_slowly(queries: ndarray, keys: ndarray, values: ndarray, mask: ndarray | None = None) -> ndarray:
    """Write softmax(QKᵀ/√d)·V out, query by query and key by key."""
    context = np.zeros((len(queries), values.shape[1]))
    for i, query in enumerate(queries):
        allowed = [j for j in range(len(keys)) if mask is None or mask[i, j]]
        shares = [exp(sum(a * b for a, b in zip(query, keys[j], strict=True)) / sqrt(len(query))) for j in allowed]
        for j, share in zip(allowed, shares, strict=True):
            context[i] += share / sum(shares) * values[j]
    return context


def projections(width: int, key: int, value: int) -> Projections:
    """Draw matrices and biases for queries of a width."""
    shapes = {"query": (width, width), "key": (width, key), "value": (width, value), "output": (width, width)}
    matrices = {name: drawn(*shape, seed=10 + number) for number, (name, shape) in enumerate(shapes.items())}
    biases = {f"{name}_bias": drawn(width, seed=20 + number) for number, name in enumerate(shapes)}
    return Projections(**matrices, **biases)


@pytest.mark.parametrize("masked", [False, True])
def test_dot_products_are_scaled_and_shared_out(masked: bool) -> None:
    q, k, v = drawn(5, 8), drawn(7, 8), drawn(7, 3)
    mask = (drawn(5, 7, seed=3) > -0.5) if masked else None
    found = attention.scaled_dot_product_attention(q, k, v, mask)
    assert found.context == pytest.approx(attended_slowly(q, k, v, mask), abs=1e-12)
    assert found.weights.sum(axis=1) == pytest.approx(np.ones(5))
    if mask is not None:
        assert (found.weights[~mask] == 0.0).all()


def test_a_query_that_may_look_at_nothing_gets_nothing() -> None:
    mask = np.array([[True, False], [False, False]])
    found = attention.scaled_dot_product_attention(drawn(2, 4), drawn(2, 4), drawn(2, 3), mask)
    assert found.context[1].tolist() == [0.0, 0.0, 0.0]
    assert found.weights[1].tolist() == [0.0, 0.0]
    assert found.weights[0].tolist() == [1.0, 0.0]


def test_a_scale_and_numbers_added_to_the_logits_count() -> None:
    q, k, v = drawn(3, 4), drawn(5, 4), drawn(5, 2)
    added = drawn(3, 5, seed=4)
    found = attention.scaled_dot_product_attention(q, k, v, added, scale=2.0)
    logits = 2.0 * q @ k.T + added
    weights = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert found.context == pytest.approx(weights @ v, abs=1e-12)


def test_large_logits_do_no_harm() -> None:
    found = attention.scaled_dot_product_attention([[1e4]], [[1.0], [2.0]], [[5.0], [7.0]])
    assert found.context.tolist() == [[7.0]]


def test_heads_see_their_parts() -> None:
    q, k, v = drawn(4, 6), drawn(9, 5), drawn(9, 3)
    p = projections(6, 5, 3)
    found = attention.multi_head_attention(q, k, v, p, heads=2)
    pq, pk, pv = q @ p.query.T + p.query_bias, k @ p.key.T + p.key_bias, v @ p.value.T + p.value_bias
    parts = [attended_slowly(pq[:, half], pk[:, half], pv[:, half]) for half in (slice(0, 3), slice(3, 6))]
    assert found.context == pytest.approx(np.hstack(parts) @ p.output.T + p.output_bias, abs=1e-12)
    assert found.weights.shape == (2, 4, 9)


def test_additive_attention_is_a_small_network() -> None:
    q, k, v = drawn(2, 3), drawn(4, 5), drawn(4, 2)
    w, u, vector, bias = drawn(6, 3), drawn(6, 5), drawn(6), drawn(6, seed=1)
    found = attention.additive_attention(q, k, v, AdditiveNetwork(query=w, key=u, vector=vector, bias=bias))
    for i in range(2):
        logits = [sum(vector[a] * tanh(w[a] @ q[i] + u[a] @ k[j] + bias[a]) for a in range(6)) for j in range(4)]
        shares = np.exp(logits) / np.exp(logits).sum()
        assert found.weights[i] == pytest.approx(shares, abs=1e-12)
        assert found.context[i] == pytest.approx(shares @ v, abs=1e-12)


def test_self_and_cross_attention_need_no_matrices() -> None:
    x, y = drawn(5, 6), drawn(3, 6)
    halves = slice(0, 3), slice(3, 6)
    crossed = np.hstack([attended_slowly(x[:, half], y[:, half], y[:, half]) for half in halves])
    assert attention.cross_attention(x, y, heads=2).context == pytest.approx(crossed, abs=1e-12)
    assert attention.self_attention(x).context == pytest.approx(attended_slowly(x, x, x), abs=1e-12)


def test_another_kind_of_signal_is_attended_to_in_a_common_space() -> None:
    sound, pictures, wanted = drawn(4, 7), drawn(6, 5), drawn(6, 2)
    by_sound, by_picture = drawn(3, 7, seed=1), drawn(3, 5, seed=2)
    found = attention.cross_modal_attention(sound, pictures, wanted, by_sound, by_picture)
    assert found.context == pytest.approx(attended_slowly(sound @ by_sound.T, pictures @ by_picture.T, wanted), abs=1e-12)


@pytest.mark.parametrize("temperature", [0.5, 4.0])
def test_what_all_others_make_of_a_token(temperature: float) -> None:
    x = drawn(8, 3)
    found = attention.non_local_attention(x, temperature)
    for i in range(8):
        shares = np.array([0.0 if j == i else exp(-((x[i] - x[j]) ** 2).sum() / temperature) for j in range(8)])
        assert found[i] == pytest.approx(shares @ x / shares.sum(), abs=CLOSE)


def test_moments_share_attention_by_their_correlation() -> None:
    frames = drawn(6, 50) + drawn(50, seed=1)
    counts = [1, 1, 2, 1, 1, 3]
    repeated = np.repeat(np.arange(6), counts)
    logits = np.corrcoef(frames)[np.ix_(repeated, repeated)] / 0.15
    received = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).mean(axis=0)
    shares = attention.temporal_attention(frames, counts)
    assert shares == pytest.approx(np.bincount(repeated, received), abs=1e-9)
    assert attention.temporal_attention(frames).sum() == pytest.approx(1.0)


def test_where_the_eye_goes_is_where_something_is() -> None:
    picture = np.full((90, 160, 3), 90, np.uint8)
    picture[30:60, 40:70] = np.random.default_rng(1).integers(0, 256, (30, 30, 3))
    seen = attention.spatial_attention(picture)
    assert seen.sum() == pytest.approx(1.0, abs=1e-5)
    assert seen[12:24, 16:28].sum() > 0.5


# Its vector is too long for its matrices.
NETWORK = AdditiveNetwork(query=drawn(3, 2), key=drawn(3, 2), vector=drawn(4))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: attention.scaled_dot_product_attention(drawn(2, 3), drawn(2, 4), drawn(2, 1)), "queries have 3 features"),
        (lambda: attention.scaled_dot_product_attention(drawn(2, 3), drawn(2, 3), drawn(4, 1)), "2 keys and 4 values"),
        (lambda: attention.scaled_dot_product_attention([1.0], [1.0], [1.0]), "one row for each token"),
        (lambda: attention.self_attention(drawn(4, 6), heads=4), "6 features cannot be shared out among 4 heads"),
        (lambda: attention.multi_head_attention(drawn(2, 6), drawn(2, 4), drawn(2, 3), projections(6, 5, 3), 2), "keys have 4"),
        (lambda: attention.non_local_attention(drawn(1, 3)), "n ≥ 2"),
        (
            lambda: attention.additive_attention(*[drawn(1, 2)] * 3, NETWORK),
            "the vector has 4 numbers",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_told(call: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        call()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("shape", [(5, 7, 8), (2, 3, 5, 7, 8)], ids=str)
def test_torch_gives_the_same_by_dot_products(shape: tuple[int, ...], masked: bool) -> None:
    torch = pytest.importorskip("torch")
    *batch, n, m, d = shape
    q, k, v = drawn(*batch, n, d), drawn(*batch, m, d), drawn(*batch, m, 4)
    mask = drawn(n, m, seed=9) > -0.8 if masked else None
    mask = None if mask is None else mask | (np.arange(m) == 0)
    asked = None if mask is None else torch.from_numpy(mask)
    theirs = torch.nn.functional.scaled_dot_product_attention(*map(torch.from_numpy, (q, k, v)), attn_mask=asked)
    assert attention.scaled_dot_product_attention(q, k, v, mask).context == pytest.approx(theirs.numpy(), abs=CLOSE)


@pytest.mark.parametrize(("key", "value"), [(12, 12), (5, 7)], ids=["same", "other"])
def test_torch_gives_the_same_by_several_heads(key: int, value: int) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    theirs = torch.nn.MultiheadAttention(12, 3, kdim=key, vdim=value, batch_first=True, dtype=torch.float64)
    torch.nn.init.normal_(theirs.in_proj_bias)
    torch.nn.init.normal_(theirs.out_proj.bias)
    parts = theirs.in_proj_weight.chunk(3) if key == 12 else (theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight)
    matrices = [part.detach().numpy() for part in parts]
    biases = [part.detach().numpy() for part in theirs.in_proj_bias.chunk(3)]
    p = Projections(
        query=matrices[0],
        key=matrices[1],
        value=matrices[2],
        output=theirs.out_proj.weight.detach().numpy(),
        query_bias=biases[0],
        key_bias=biases[1],
        value_bias=biases[2],
        output_bias=theirs.out_proj.bias.detach().numpy(),
    )
    q, k, v = drawn(2, 5, 12), drawn(2, 6, key), drawn(2, 6, value)
    context, weights = theirs(*map(torch.from_numpy, (q, k, v)))
    found = attention.multi_head_attention(q, k, v, p, heads=3)
    assert found.context == pytest.approx(context.detach().numpy(), abs=CLOSE)
    assert found.weights.mean(axis=-3) == pytest.approx(weights.detach().numpy(), abs=CLOSE)

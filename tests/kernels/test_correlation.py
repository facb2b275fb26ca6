"""The inner step of a correlation filter: against the equations that it solves."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms, precision
from vkeyframe.kernels.correlation import fit_spectrum


def spectra(seed: int, channels: int, count: int, strength: float = 5.0) -> ndarray:
    source = np.random.default_rng(seed)
    real, imaginary = (source.normal(0.0, strength, (channels, count)) for _ in range(2))
    return (real + 1j * imaginary).astype(np.complex64)


@pytest.mark.parametrize("form", forms(fit_spectrum))
@pytest.mark.parametrize(("channels", "count", "strength"), [(30, 12, 5.0), (1, 1, 5.0), (3, 7, 0.0), (2, 5, 255.0)])
@pytest.mark.parametrize("penalty", [0.5, 5.0])
def test_it_solves_the_equations(form: Callable[..., Any], channels: int, count: int, strength: float, penalty: float) -> None:
    samples, support, dual = (spectra(seed, channels, count, strength) for seed in range(3))
    label = spectra(4, 1, count, 0.1)[0]
    out = np.full_like(samples, 9.0)
    form(samples, label, support, dual, penalty, 100, out)
    wanted = reference.fit_spectrum(samples, label, support, dual, penalty, 100)
    scale = max(1.0, float(np.abs(wanted).max()), strength / penalty * strength)
    np.testing.assert_allclose(out, wanted, atol=max(1e-5, precision(form)) * scale)


def test_with_a_weak_penalty_the_filter_answers_as_the_label_says() -> None:
    samples, label, nothing = spectra(0, 4, 9), spectra(1, 1, 9, 1.0)[0], np.zeros((4, 9), np.complex64)
    out = np.empty_like(samples)
    fit_spectrum(samples, label, nothing, nothing, 1e-4, 10, out)
    np.testing.assert_allclose((samples.conj() * out).sum(axis=0), 10 * label, rtol=1e-2)

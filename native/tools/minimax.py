#!/usr/bin/env python3
"""Finds the polynomial coefficients of src/activations.inc. Needs mpmath and numpy. Prints C floats and their error.

Minimax of the relative error of the whole approximation, by Lawson's iteration: least squares on a grid whose weights
grow where the error is large. The coefficients are rounded to float one after the other, lowest power first; after each
rounding the rest is fitted again, so that they make up for it.
"""
import mpmath
import numpy as np

mpmath.mp.dps = 40
GRID = 800
ITERATIONS = 400


def lawson(columns, goal):
    """Coefficients c with the least max |columns c - goal|."""
    weights = np.full(len(goal), 1 / len(goal))
    best, best_error = None, np.inf
    for _ in range(ITERATIONS):
        root = np.sqrt(weights)
        c = np.linalg.lstsq(columns * root[:, None], goal * root, rcond=None)[0]
        errors = np.abs(columns @ c - goal)
        if errors.max() < best_error:
            best, best_error = c, errors.max()
        weights = weights * errors
        weights /= weights.sum()
    return best


def fit(name, goal, scale, lo, hi, degree):
    """p(x) = c0 + c1 x + ... near goal(x) on [lo, hi]; scale(x) * (p - goal) is the relative error of the whole."""
    xs = [lo + (hi - lo) * (mpmath.mpf(k) + 0.5) / GRID for k in range(GRID)]  # 0 is not among them
    x = np.array([float(v) for v in xs])
    s = np.array([float(scale(v)) for v in xs])
    g = np.array([float(goal(v)) for v in xs])
    fixed = []
    for n in range(degree + 1):
        known = sum((c * x**k for k, c in enumerate(fixed)), np.zeros(GRID))
        columns = np.stack([s * x**k for k in range(n, degree + 1)], axis=1)
        fixed.append(float(np.float32(lawson(columns, s * (g - known))[0])))
    error = max(abs(scale(v) * (mpmath.polyval(fixed[::-1], v) - goal(v))) for v in xs)
    print(f"{name}: max relative error 2^{float(mpmath.log(error, 2)):.2f}")
    for k, c in enumerate(fixed):
        print(f"  c{k} {c.hex()}f {c:.9g}")


ln2 = mpmath.log(2)
edge = ln2 / 2 * (1 + mpmath.mpf(2) ** -12)  # a little more than ln2/2: the quotient x / ln2 is rounded from a float
fit("expm1(r) = r + r^2 q(r), |r| <= ln2/2",
    lambda r: (mpmath.expm1(r) - r) / r**2, lambda r: r**2 / mpmath.expm1(r), -edge, edge, 4)
for d in (6, 7, 8):
    fit(f"log(1+f) = f - f^2/2 + f^3 p(f), sqrt(1/2) <= 1+f <= sqrt(2), degree {d}",
        lambda f: (mpmath.log1p(f) - f + f**2 / 2) / f**3, lambda f: f**3 / mpmath.log1p(f),
        mpmath.sqrt(0.5) - 1, mpmath.sqrt(2) - 1, d)
# A little beyond 0.925, where one takes over from the other; erf(4) rounds to 1.
fit("erf(x) = x + x p(s), s = x^2, |x| <= 0.93",
    lambda s: mpmath.erf(mpmath.sqrt(s)) / mpmath.sqrt(s) - 1, lambda s: mpmath.sqrt(s) / mpmath.erf(mpmath.sqrt(s)),
    mpmath.mpf(0), mpmath.mpf("0.93") ** 2, 5)
fit("erfc(t) = exp(t q(t) - t), 0.92 <= t <= 4, relative to erf",
    lambda t: mpmath.log(mpmath.erfc(t)) / t + 1, lambda t: mpmath.erfc(t) * t / mpmath.erf(t),
    mpmath.mpf("0.92"), mpmath.mpf(4), 6)

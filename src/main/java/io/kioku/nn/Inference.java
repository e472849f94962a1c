package io.kioku.nn;

import io.kioku.format.Tensor;

/// What a [VrnnSession] or a [DrawSession] inferred from what it was shown. The negative evidence
/// lower bound is the sum of all `divergence`s less the sum of all `logLikelihood`s.
///
/// @param mean (T, N, Z), the means of the approximate posterior of each step
/// @param logVariance (T, N, Z), the logarithms of its variances
/// @param divergence (T, N), the Kullback–Leibler divergence of the approximate posterior from the
///   prior, in nats
/// @param output the reconstruction: (T, N, X), means of the decoder's distributions; DRAW's (N, B,
///   A), probabilities of each pixel
/// @param logLikelihood the logarithm of the probability of what was shown under the
///   reconstruction: (T, N); DRAW's (N)
public record Inference(
    Tensor mean, Tensor logVariance, Tensor divergence, Tensor output, Tensor logLikelihood) {}

/// File formats: bytes in, named tensors out.
///
/// The types here are plain data and know nothing of networks. A reader treats its file as hostile:
/// every length in it is checked against the bytes that are really there before memory is allocated
/// for it, and whatever is wrong ends in a [io.kioku.format.FormatException].
package io.kioku.format;

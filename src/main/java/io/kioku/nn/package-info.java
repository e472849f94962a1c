/// What stands around a recurrent layer: embeddings, linear layers and soft-max heads, attention;
/// and what is made of them: a language model, an encoder–decoder with beam search, a CTC decoder,
/// and two generative networks, VRNN and DRAW.
package io.kioku.nn;

/// What stands around a recurrent layer: embeddings, linear layers, and the language model that is
/// made of them.
package io.kioku.nn;

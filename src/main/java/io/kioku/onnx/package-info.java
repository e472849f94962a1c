/// ONNX models with recurrent layers, run as they are.
package io.kioku.onnx;

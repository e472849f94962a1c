package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConformanceCommandTest {
  @TempDir Path folder;

  private static TinyModel identity(String operator) {
    return new TinyModel(17)
        .input("x", ElementType.FLOAT, 2)
        .output("y", ElementType.FLOAT, 2)
        .node(operator, "x", "y");
  }

  private Path test(String name, TinyModel model) throws IOException {
    Path test = Files.createDirectories(folder.resolve(name));
    Files.write(test.resolve("model.onnx"), model.bytes());
    return test;
  }

  private static void data(Path test, float[] input, float[] output) throws IOException {
    Path set = Files.createDirectories(test.resolve("test_data_set_0"));
    Files.write(set.resolve("input_0.pb"), tensor(input));
    Files.write(set.resolve("output_0.pb"), tensor(output));
  }

  private static byte[] tensor(float[] values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setDataType(ElementType.FLOAT.code()).addDims(values.length);
    for (float value : values) {
      tensor.addFloatData(value);
    }
    return tensor.build().toByteArray();
  }

  private Run conformance(String... more) {
    String[] arguments = new String[2 + more.length];
    arguments[0] = "conformance";
    arguments[1] = folder.toString();
    System.arraycopy(more, 0, arguments, 2, more.length);
    return Run.of(arguments);
  }

  @Test
  void linksAreFollowed(@TempDir Path elsewhere) throws IOException {
    Path other = Files.createDirectories(elsewhere.resolve("test_other"));
    Files.write(other.resolve("model.onnx"), identity("Identity").bytes());
    data(other, new float[] {1, 2}, new float[] {1, 2});
    Files.createSymbolicLink(folder.resolve("test_link"), other);
    Files.createSymbolicLink(folder.resolve("around"), folder);
    assertEquals("1 passed, 0 failed, 0 skipped\n", conformance().ok());
  }

  @Test
  void testsPassFailOrAreSkipped() throws IOException {
    data(test("test_good", identity("Identity")), new float[] {1, 2}, new float[] {1, 2.001f});
    data(test("test_bad", identity("Neg")), new float[] {1, 2}, new float[] {-1, -2.5f});
    data(test("more/test_other", identity("Strange")), new float[] {1, 2}, new float[] {1, 2});
    test("test_empty", identity("Neg"));
    Run run = conformance();
    assertEquals(1, run.exit());
    assertEquals("", run.err());
    assertEquals(
        "FAILED   test_bad  test_data_set_0: y differs by up to 0.500 (-2.000000, expected"
            + " -2.500000), 1 of 2 values are wrong\n"
            + "1 passed, 1 failed, 2 skipped\n",
        run.out());
    String verbose = conformance("--verbose").out();
    assertTrue(verbose.contains("PASSED   test_good\n"), verbose);
    assertTrue(verbose.contains("SKIPPED  more/test_other  "), verbose);
    assertTrue(verbose.contains("cannot be run: 'Strange_0' (Strange): there is no"), verbose);
    assertTrue(verbose.contains("SKIPPED  test_empty  has no test_data_set_*\n"), verbose);
    assertEquals("1 passed, 0 failed, 0 skipped\n", conformance("--match", ".*good").ok());
    assertEquals(
        "2 passed, 0 failed, 0 skipped\n",
        conformance("--match", ".*(good|bad)", "--rtol=0.3").ok());
  }

  @Test
  void damagedModelsFailAndDataThatDoNotFitAreSkipped() throws IOException {
    Path damaged = test("test_damaged", identity("Neg"));
    Files.write(damaged.resolve("model.onnx"), new byte[] {8});
    data(test("test_other_data", identity("Neg")), new float[] {1}, new float[] {-1});
    String text = conformance("--verbose").out();
    assertTrue(text.startsWith("FAILED   test_damaged  "), text);
    assertTrue(
        text.contains("SKIPPED  test_other_data  test_data_set_0: input 'x' is given shape [1]"),
        text);
  }

  @Test
  void damagedDataFail() throws IOException {
    Path test = test("test_damaged", identity("Neg"));
    data(test, new float[] {1, 2}, new float[] {-1, -2});
    Files.write(test.resolve("test_data_set_0/output_0.pb"), new byte[] {8});
    Run run = conformance();
    assertEquals(1, run.exit());
    assertTrue(run.out().startsWith("FAILED   test_damaged  "), run.out());
    Files.delete(test.resolve("test_data_set_0/output_0.pb"));
    assertTrue(conformance().out().contains("NoSuchFileException"));
  }

  @Test
  void wrongUsageIsTold() {
    conformance().refused(folder + ": no tests that match .*");
    conformance("--match=(").refused("--match");
    conformance("--rtol=much").refused("--rtol");
    Run.of("conformance", folder.resolve("none").toString()).refused("none: no such folder");
    Run.of("conformance").refused("Missing required parameter: 'DIR'");
  }

  @Test
  void valuesAreComparedAsNumpyDoes() {
    float inf = Float.POSITIVE_INFINITY;
    assertEquals("", difference(new float[] {Float.NaN, inf, 0f}, Float.NaN, inf, -0f));
    assertTrue(difference(new float[] {1, 2, 3}, 1, inf, 3).startsWith(" differs by up to Inf"));
    assertTrue(difference(new float[] {-inf, 2, 3}, inf, 2, 3).startsWith(" differs by up to Inf"));
    assertTrue(difference(new float[] {1, Float.NaN, 9}, 1, 2, 3).contains("(NaN, expected 2.0"));
    assertEquals("", difference(new float[] {1e-8f}, 0));
    assertTrue(difference(new float[] {1e-6f}, 0).contains("1.00e-06"));
    assertEquals(" is float[1], expected float[2]", difference(new float[] {1}, 1, 1));
  }

  private static String difference(float[] actual, float... expected) {
    return ConformanceCase.difference(
        NdArray.of(actual, actual.length), NdArray.of(expected, expected.length), 1e-3, 1e-7);
  }
}

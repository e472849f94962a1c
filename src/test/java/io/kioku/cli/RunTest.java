package io.kioku.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.format.Npy;
import io.kioku.format.Npz;
import io.kioku.onnx.TinyModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunTest {
  @TempDir Path folder;

  /// x [batch, 2] and h [batch, 2] give y = x + h and z = x * h.
  private String model() throws IOException {
    return write(
        new TinyModel(17)
            .input("x", ElementType.FLOAT, -1, 2)
            .input("h", ElementType.FLOAT, -1, 2)
            .output("y", ElementType.FLOAT, -1, 2)
            .output("z")
            .node("Add", "x h", "y")
            .node("Mul", "x h", "z"));
  }

  private String write(TinyModel model) throws IOException {
    return Files.write(folder.resolve("model.onnx"), model.bytes()).toString();
  }

  private String npy(String name, float[] values, long... shape) throws IOException {
    Path file = folder.resolve(name);
    Npy.write(file, NdArray.of(values, shape));
    return file.toString();
  }

  private static Run run(String... arguments) {
    return Run.of(Stream.concat(Stream.of("run"), Stream.of(arguments)).toArray(String[]::new));
  }

  private static List<String> words(String line) {
    return Stream.of(line.strip().split("  +", -1)).toList();
  }

  @Test
  void outputsAreSummedUp() throws IOException {
    String x = npy("x.npy", new float[] {1, 2, 3, 4}, 2, 2);
    String h = npy("h.npy", new float[] {.5f, Float.NaN, -8, 0}, 2, 2);
    List<String> lines = run(model(), "-i", "x=" + x, "-i", "h=" + h).ok().lines().toList();
    assertEquals(List.of("output", "type", "shape", "min", "mean", "max"), words(lines.get(0)));
    assertEquals(
        List.of("y", "float", "[2, 2]", "-5.00000", "0.166667", "4.00000", "(1 of 4 are NaN)"),
        words(lines.get(1)));
    assertEquals(
        List.of("z", "float", "[2, 2]", "-24.0000", "-7.83333", "0.500000", "(1 of 4 are NaN)"),
        words(lines.get(2)));
    assertTrue(lines.get(3).matches("1 run: [0-9.]+ ms.*"), lines.get(3));
    assertEquals(4, lines.size());
  }

  @Test
  void outputsAreWritten() throws IOException {
    String x = npy("x.npy", new float[] {1, 2}, 1, 2);
    Npz.write(folder.resolve("all.npz"), Map.of("h", NdArray.of(new float[] {5, 6}, 1, 2)));
    String all = folder.resolve("out.npz").toString();
    String one = folder.resolve("y.npy").toString();
    run(
            model(),
            "-i=x=" + x,
            "-i=h=" + folder.resolve("all.npz") + ":h",
            "-o=" + all,
            "--output=y=" + one)
        .ok();
    NdArray y = NdArray.of(new float[] {6, 8}, 1, 2);
    assertEquals(y, Npy.read(Path.of(one)));
    assertEquals(
        Map.of("y", y, "z", NdArray.of(new float[] {5, 12}, 1, 2)), Npz.read(Path.of(all)));
  }

  @Test
  void oneArchiveGivesAllInputs() throws IOException {
    Path all = folder.resolve("all.npz");
    NdArray ones = NdArray.of(new float[] {1, 1}, 1, 2);
    Npz.write(all, Map.of("h", ones, "x", ones, "other", ones));
    assertTrue(run(model(), "-i", all.toString()).ok().contains("2.00000"));
    Npz.write(all, Map.of("other", ones));
    run(model(), "-i", all.toString()).refused("has [other], none of which is an input");
    run(model(), "-i", "x=" + all + ":x").refused("all.npz has no array 'x'; it has [other]");
  }

  @Test
  void numbersHaveTheDeclaredType() throws IOException {
    String file =
        write(
            new TinyModel(17)
                .input("sr", ElementType.INT64)
                .input("scale", ElementType.DOUBLE, 1, -1)
                .input("half", ElementType.FLOAT16)
                .input("yes", ElementType.BOOL)
                .output("a")
                .output("b")
                .output("c")
                .output("d")
                .node("Neg", "sr", "a")
                .node("Neg", "scale", "b")
                .node("Neg", "half", "c")
                .node("Not", "yes", "d"));
    List<String> rest = List.of("-i=scale=-1.5,2", "-i=half=0.1", "-i=yes=true");
    String[] arguments =
        Stream.concat(Stream.of(file, "-i=sr=16000"), rest.stream()).toArray(String[]::new);
    List<String> lines = run(arguments).ok().lines().toList();
    assertEquals(List.of("a", "int64", "[]", "-16000", "-16000.0", "-16000"), words(lines.get(1)));
    assertEquals(
        List.of("b", "double", "[1, 2]", "-2.00000", "-0.250000", "1.50000"), words(lines.get(2)));
    assertEquals("-0.0999756", words(lines.get(3)).get(3));
    assertEquals(List.of("d", "bool", "[]", "0", "0.00000", "0"), words(lines.get(4)));
    for (Map.Entry<String, String> wrong :
        Map.of(
                "1.5", "'1.5' is no int64",
                "1e30", "'1e30' is no int64",
                "int32:5", "is given int32, expected int64",
                "int65:5", "there is no type 'int65'",
                "1,2", "input sr int64[] is given 2 numbers: use a file",
                "many", "expected a file that ends in .npy, .npz or .pb, or numbers")
            .entrySet()) {
      arguments[1] = "-i=sr=" + wrong.getKey();
      run(arguments).refused(wrong.getValue());
    }
    arguments[1] = "-i=sr=int64:16000";
    run(arguments).ok();
  }

  @Test
  void missingInputsAreNamedOrMadeUp() throws IOException {
    String file = model();
    run(file).refused("no values for x float[d1, 2], h float[d1, 2]: give them with -i");
    String y = folder.resolve("y.npy").toString();
    run(file, "--random", "--dim", "d1=3", "-o", "y=" + y).ok();
    NdArray first = Npy.read(Path.of(y));
    assertArrayEquals(new long[] {3, 2}, first.shape());
    run(file, "--random", "--dim=x.0=3", "--dim=h.0=3", "-o=y=" + y).ok();
    assertEquals(first, Npy.read(Path.of(y)));
    run("--random", file, "--seed=2", "-o=y=" + y).ok();
    NdArray second = Npy.read(Path.of(y));
    assertArrayEquals(new long[] {1, 2}, second.shape());
    assertFalse(first.real(0) == second.real(0));
    run(file, "--random", "--dim=batch=3").refused("--dim batch: no input that was made up");
    run(file, "--random", "--dim=d1=99999999999").refused("cannot have such a size");
  }

  @Test
  void stateStaysFromRunToRun() throws IOException {
    String x = npy("x.npy", new float[] {1, 2}, 1, 2);
    String file = model();
    String y = folder.resolve("y.npy").toString();
    String out = run(file, "-i=x=" + x, "--state=h=y", "--repeat=5", "-o=y=" + y).ok();
    assertEquals(NdArray.of(new float[] {5, 10}, 1, 2), Npy.read(Path.of(y)));
    assertTrue(out.contains("5 runs after 3 to warm up: min "), out); // which have another stream
    run(file, "-i=x=" + x, "-i=h=" + x, "--state=h=y", "-o=y=" + y).ok();
    assertEquals(NdArray.of(new float[] {2, 4}, 1, 2), Npy.read(Path.of(y)));
    run(file, "-i=x=" + x, "--state=h=nowhere").refused("the model has no output 'nowhere'");
    run(file, "-i=x=" + x, "--state=x").refused("--state");
  }

  @Test
  void whatDoesNotFitIsRefusedInOneLine() throws IOException {
    String file = model();
    String x = npy("x.npy", new float[] {1, 2}, 1, 2);
    String wide = npy("wide.npy", new float[] {1, 2, 3}, 1, 3);
    run(file, "-i=x=" + wide, "-i=h=" + x).refused("given shape [1, 3], expected [d1, 2]");
    run(file, "-i=u=" + x).refused("the model has no input 'u'; it has [x float[d1, 2]");
    run(file, "-i=x=" + folder.resolve("none.npy")).refused("none.npy: no such file");
    run(file, "-i=" + x).refused("expected INPUT=VALUE, or an .npz file");
    run(file, "-i=x=" + x, "-i=h=" + x, "-o=y.npy").refused("has several outputs: write OUTPUT=");
    run(file, "-i=x=" + x, "-i=h=" + x, "-o=w=y.npy").refused("no output 'w'; it has [y, z]");
    run(file, "-i=x=" + x, "-i=h=" + x, "-o=y=y.txt").refused("expected FILE.npz for all");
    run(file, "-i=x=" + x, "-i=h=" + x, "-o=y=" + folder).refused("is a directory");
    run(file, "-i=x=" + x, "-i=h=" + x, "-o=y=" + folder.resolve("no/y.npy"))
        .refused("is not a directory");
    run(file, "--random", "--repeat=0").refused("--repeat is 0, expected at least 1");
    run(file, "--random", "--threads=0").refused("threads");
    run(file, "--random", "--memory-limit=much").refused("expected bytes such as 512M or 4G");
    run(file, "--random", "--memory-limit=10").refused("memory");
    run(folder.resolve("none.onnx").toString()).refused("none.onnx: no such file");
    run(x).refused("x.npy is no ONNX model: it is a NumPy array");
    String other =
        write(
            new TinyModel(17)
                .input("x", ElementType.FLOAT, 1)
                .output("y")
                .node("Strange", "x", "y"));
    run(other, "--random")
        .refused("cannot be run: 'Strange_0' (Strange): there is no such operator");
  }

  @Test
  void eachNodeThatIsRefusedHasALine() throws IOException {
    TinyModel two =
        new TinyModel(17)
            .input("x", ElementType.FLOAT, 1)
            .output("z")
            .node("Strange", "x", "y")
            .node("Odd", "y", "z");
    String file = write(two);
    Run run = run(file, "--random");
    assertEquals(2, run.exit());
    assertEquals(
        "kioku: %s cannot be run:\n".formatted(file)
            + "  'Strange_0' (Strange): there is no such operator here\n"
            + "  'Odd_1' (Odd): there is no such operator here\n",
        run.err().replace(System.lineSeparator(), "\n"));
    for (int i = 0; i < 200; i++) {
      two.node("Odd", "z", "z" + i);
    }
    List<String> lines = run(write(two), "--random").err().lines().toList();
    assertEquals(101, lines.size());
    assertEquals("  … and 103 lines more", lines.getLast());
  }

  @Test
  void bfloat16CannotBeWritten() throws IOException {
    String file =
        write(
            new TinyModel(17)
                .input("x", ElementType.BFLOAT16, 2)
                .output("y")
                .node("Neg", "x", "y"));
    run(file, "--random", "-o=" + folder.resolve("y.npy")).refused("NumPy has no bfloat16");
  }

  @Test
  void chunksAreComparedWithTheWhole() throws IOException {
    String model =
        write(
            new TinyModel(17)
                .input("x", ElementType.FLOAT, -1, -2, 2)
                .constant("W", new float[] {.1f, .2f, .3f, .4f, .5f, .6f}, 1, 3, 2)
                .constant("R", new float[] {.3f, .2f, .1f}, 1, 3, 1)
                .node("GRU", List.of("x", "W", "R"), List.of("y"), Map.of("hidden_size", 1))
                .output("y"));
    String out = run(model, "--random", "--dim", "d1=11", "--dim", "d2=2", "--stream", "4").ok();
    assertTrue(
        out.matches("(?s).*in chunks of 4: largest difference from the whole [0-9.e-]+, in y.*"),
        out);
    double difference = Double.parseDouble(out.replaceAll("(?s).*the whole ([^,]+),.*", "$1"));
    assertTrue(difference < 1e-6, out);
    run(model, "--random", "--stream", "0").refused("--stream is 0");
    run(model(), "--random", "--stream", "4").refused("cannot be streamed");
  }

  @Test
  void theTimeOfEachStepIsShown() throws IOException {
    Path picture = folder.resolve("profile.png");
    String out =
        run(model(), "--random", "--repeat", "3", "--profile", "--out", picture.toString()).ok();
    List<String> lines = out.lines().filter(line -> line.contains("kioku ")).toList();
    assertEquals(4, lines.size(), out); // two steps, and two operators
    assertTrue(lines.get(2).matches(" *[0-9.]+ +[0-9.]+ % +kioku +(Add|Mul) +1"), out);
    assertTrue(out.contains("Mul_1"), out);
    assertTrue(out.contains("µs a run in 2 steps, median of 3 runs"), out);
    BufferedImage image = ImageIO.read(picture.toFile());
    assertEquals(1080, image.getWidth());
    run(model(), "--random", "--out", "x.png").refused("say --profile, too");
    run(model(), "--random", "--profile", "--out", "x.jpg").refused("ends in .png");
  }
}

package io.kioku.cli;

import io.kioku.format.NdArray;
import io.kioku.onnx.OnnxException;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxNodeTime;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.OnnxStream;
import io.kioku.onnx.OnnxValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `kioku run`: runs an ONNX model on arrays from files.
@Command(
    name = "run",
    description = {"Runs an ONNX model, and prints its outputs in short and how long it took."})
final class RunCommand implements Callable<Integer> {
  private static final int PROFILED = 100; // runs, if no number is given
  private static final long WARM_UP = 500_000_000; // nanoseconds before them

  @ParentCommand private Main main;
  @Mixin private LoadOptions model;

  @Option(
      names = {"-i", "--input"},
      paramLabel = "INPUT=VALUE",
      description = {
        "An input's values: FILE.npy, FILE.npz:ARRAY, FILE.pb (ONNX's own), a number, or numbers"
            + " with commas, which have the type that the model declares, or that in int64:16000."
            + " FILE.npz alone gives all inputs whose names it has."
      })
  private List<String> inputs = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "[OUTPUT=]FILE",
      description =
          "Write an output as OUTPUT=FILE.npy, the only one as FILE.npy, or all as FILE.npz.")
  private List<String> outputs = new ArrayList<>();

  @Option(
      names = "--random",
      description =
          "Make up the inputs that are not given: floats from -1 to 1, integers 0 or 1; open"
              + " dimensions are 1.")
  private boolean random;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description = "Which numbers --random makes up; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--dim",
      paramLabel = "NAME=SIZE",
      description =
          "The size of an open dimension of inputs that are made up, by its name, or by input and"
              + " axis as in x.0=4.")
  private Map<String, Long> dims = new LinkedHashMap<>();

  @Option(
      names = "--repeat",
      paramLabel = "TIMES",
      defaultValue = "1",
      description = "Run so often, after some runs to warm up, and print the times; default 1.")
  private int repeats;

  @Option(
      names = "--stream",
      paramLabel = "CHUNK",
      description =
          "Run it as a stream, too, CHUNK steps at a time, and print how far that is from the whole.")
  private Long chunk;

  @Option(
      names = "--profile",
      description =
          "Run it as often as --repeat says once more (or 100 times), and print how long each step"
              + " takes and what computes it.")
  private boolean isProfiled;

  @Option(
      names = "--out",
      paramLabel = "FILE.png",
      converter = FileName.class,
      description = "Write the profile as a picture.")
  private Path picture;

  @Override
  public Integer call() throws IOException {
    PictureFile.check(picture);
    if (picture != null && !isProfiled) {
      throw new UserError("--out is the picture of a profile: say --profile, too");
    }
    if (chunk != null && chunk < 1) {
      throw new UserError("--stream is %d, expected at least 1".formatted(chunk));
    }
    if (repeats < 1) {
      throw new UserError("--repeat is %d, expected at least 1".formatted(repeats));
    }
    try (OnnxModel loaded = model.load();
        OnnxSession session = loaded.newSession()) {
      List<OutputArgument> files =
          outputs.stream().map(text -> OutputArgument.of(text, loaded.outputs())).toList();
      Map<String, NdArray> values = values(loaded.inputs());
      try {
        Timings timings = time(loaded, session, values);
        Map<String, NdArray> results = new LinkedHashMap<>();
        loaded.outputs().forEach(output -> results.put(output.name(), session.get(output.name())));
        main.print(ValueSummary.table(results) + timings + "\n");
        if (isProfiled) {
          profile(loaded, session);
        }
        if (chunk != null) {
          main.print(stream(values, results));
        }
        files.forEach(file -> file.write(results));
      } catch (OnnxException | IllegalArgumentException e) { // a step failed, or values do not fit
        throw new UserError(e.getMessage(), e);
      }
    }
    return 0;
  }

  /// Runs it again, and says how long each step takes.
  private void profile(OnnxModel loaded, OnnxSession session) throws IOException {
    int runs = repeats == 1 ? PROFILED : repeats;
    Runnable run = session::run;
    if (!model.states().isEmpty()) {
      OnnxStream stream = loaded.newStream();
      run = () -> session.run(stream);
    }
    long begin = System.nanoTime();
    do { // what is interpreted still would take most of the time
      run.run();
    } while (System.nanoTime() - begin < WARM_UP);
    List<List<OnnxNodeTime>> times = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      session.profile(true);
      run.run();
      times.add(session.times());
    }
    session.profile(false);
    Profile profile = Profile.of(times);
    main.print(profile.text());
    if (picture != null) {
      String name = model.file().getFileName().toString();
      main.print(PictureFile.write(picture, () -> ProfilePicture.of(profile, name)) + "\n");
    }
  }

  /// Runs it chunk by chunk, and says how far that is from the whole.
  private String stream(Map<String, NdArray> values, Map<String, NdArray> whole) {
    Map<String, NdArray> inputs = new LinkedHashMap<>(values);
    if (inputs.keySet().removeAll(model.states().keySet())) {
      throw new UserError("--stream begins with states of zero: give no values for them");
    }
    try (OnnxModel streaming = model.loadStreaming()) {
      Map<String, NdArray> chunked = new ChunkedRun(streaming, inputs, chunk).run();
      return LargestDifference.of(whole, chunked).text(chunk);
    }
  }

  private Map<String, NdArray> values(List<OnnxValue> declared) {
    Map<String, NdArray> values = new LinkedHashMap<>();
    inputs.forEach(text -> values.putAll(InputArgument.of(text).read(declared)));
    List<OnnxValue> missing =
        declared.stream()
            .filter(input ->
                !values.containsKey(input.name()) && !model.states().containsKey(input.name()))
            .toList();
    if (random) {
      RandomInputs made = new RandomInputs(seed, dims);
      missing.forEach(input -> values.put(input.name(), made.of(input)));
      made.checkAllUsed();
    } else if (!missing.isEmpty()) {
      throw new UserError(
          "no values for %s: give them with -i, or make them up with --random"
              .formatted(
                  missing.stream().map(OnnxValue::toString).collect(Collectors.joining(", "))));
    }
    return values;
  }

  private Timings time(OnnxModel loaded, OnnxSession session, Map<String, NdArray> values) {
    OnnxStream stream = model.states().isEmpty() ? null : loaded.newStream();
    values.forEach((name, value) -> {
      if (model.states().containsKey(name)) {
        stream.set(name, value.type() == value.type().storage() ? value : widened(value));
      } else {
        session.set(name, value);
      }
    });
    if (stream == null) {
      Timings.of(Timings.warmUps(repeats), session::run);
      return Timings.of(repeats, session::run);
    }
    OnnxStream warm = stream.copy();
    Timings.of(Timings.warmUps(repeats), () -> session.run(warm));
    return Timings.of(repeats, () -> session.run(stream));
  }

  private static NdArray widened(NdArray value) {
    return NdArray.of(value.toFloats(), value.shape());
  }
}

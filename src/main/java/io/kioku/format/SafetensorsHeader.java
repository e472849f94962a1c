package io.kioku.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The JSON header of a Safetensors file, parsed, and each tensor in it checked for itself. Parsing
/// takes at worst about ten times the header's real length of memory, whatever the header claims.
final class SafetensorsHeader {
  /// The longest header, in bytes; the reference implementation's limit.
  static final int MAX_LENGTH = 100_000_000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // No table of names that outlives the file, and nothing of a stranger's interned.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(8)
                  .maxNameLength(Safetensors.MAX_NAME_LENGTH)
                  .maxStringLength(MAX_LENGTH)
                  .maxNumberLength(20)
                  .build())
          .build();

  /// One tensor: its `elements` lie in bytes `begin` to `end` (exclusive) after the header.
  @SuppressWarnings("ArrayRecordComponent") // never compared, and nobody writes to the array
  record Entry(String name, Dtype dtype, long[] shape, long elements, long begin, long end) {}

  private final String source;
  private final JsonParser json;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private SafetensorsHeader(String source, JsonParser json) {
    this.source = source;
    this.json = json;
  }

  /// Returns the tensors in the order of the header.
  List<Entry> entries() {
    return entries;
  }

  /// Returns the strings stored beside the tensors, in the order of the header.
  Map<String, String> metadata() {
    return metadata;
  }

  /// Parses a header of at least one byte.
  ///
  /// @param source what messages call the file
  /// @throws FormatException if the header breaks a rule
  static SafetensorsHeader parse(byte[] bytes, String source) throws IOException {
    if (bytes[0] != '{') {
      throw new FormatException(
          source,
          "the header must begin with '{', but begins with byte 0x%02X".formatted(bytes[0]));
    }
    // A decoder of our own: it refuses malformed UTF-8, and Jackson guesses at no other encoding.
    var reader =
        new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder());
    try (JsonParser json = JSON.createParser(reader)) {
      var header = new SafetensorsHeader(source, json);
      header.parse();
      return header;
    }
  }

  private void parse() throws IOException {
    try {
      parseRoot();
    } catch (CharacterCodingException e) {
      throw problem("the header is not valid UTF-8", e);
    } catch (JsonProcessingException e) {
      throw problem("the header is not valid JSON: " + withoutParser(e.getOriginalMessage()), e);
    }
  }

  /// What the parser says of the text, without what it says of its own settings.
  private static String withoutParser(String message) {
    return message.replaceAll(" \\(start marker at .*|, from `[^`]*`", "");
  }

  private void parseRoot() throws IOException {
    json.nextToken(); // the brace that was checked before
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = checked(json.currentName());
      if (name.equals(Safetensors.METADATA)) {
        parseMetadata();
      } else {
        entries.add(parseEntry(name));
      }
    }
    expect(json.nextToken() == null, "expected nothing but spaces after the last '}'");
  }

  private void parseMetadata() throws IOException {
    next(JsonToken.START_OBJECT, Safetensors.METADATA + ": expected an object");
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = checked(json.currentName());
      next(JsonToken.VALUE_STRING, Safetensors.METADATA + ": expected a string for " + quote(key));
      metadata.put(key, checked(json.getText()));
    }
  }

  private Entry parseEntry(String name) throws IOException {
    String tensor = "tensor " + quote(name) + ": ";
    Dtype dtype = null;
    long[] shape = null;
    long[] offsets = null;
    next(JsonToken.START_OBJECT, tensor + "expected an object");
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      switch (json.currentName()) {
        case "dtype" -> dtype = parseDtype(tensor);
        case "shape" -> shape = parseLongs(tensor + "shape: ", Tensor.MAX_RANK);
        case "data_offsets" -> offsets = parseLongs(tensor + "data_offsets: ", 2);
        default ->
            // It might change the meaning of the bytes: better no tensor than a wrong one.
            throw problem(
                "%sexpected only dtype, shape and data_offsets, got the key %s"
                    .formatted(tensor, quote(json.currentName())));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw problem(tensor + missing + " is missing");
    }
    long elements = elements(tensor, shape);
    checkOffsets(tensor + dtype + Arrays.toString(shape), elements * dtype.bytes(), offsets);
    return new Entry(name, dtype, shape, elements, offsets[0], offsets[1]);
  }

  private long elements(String tensor, long[] shape) throws FormatException {
    try {
      return Tensor.elements(shape);
    } catch (IllegalArgumentException e) {
      throw problem(tensor + e.getMessage(), e);
    }
  }

  private void checkOffsets(String tensor, long bytes, long[] offsets) throws FormatException {
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw problem(
          "%s: data_offsets must be [begin, end] with begin <= end, got %s"
              .formatted(tensor, Arrays.toString(offsets)));
    }
    if (offsets[1] - offsets[0] != bytes) {
      throw problem(
          "%s needs %d bytes, but data_offsets %s span %d"
              .formatted(tensor, bytes, Arrays.toString(offsets), offsets[1] - offsets[0]));
    }
  }

  private Dtype parseDtype(String tensor) throws IOException {
    next(JsonToken.VALUE_STRING, tensor + "dtype: expected a string");
    String name = json.getText();
    return Dtype.named(name)
        .orElseThrow(() ->
            problem(
                "%sdtype %s is not supported; convert it to one of %s"
                    .formatted(tensor, quote(name), Arrays.toString(Dtype.values()))));
  }

  private long[] parseLongs(String what, int limit) throws IOException {
    next(JsonToken.START_ARRAY, what + "expected an array of integers");
    long[] values = new long[limit];
    int n = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      expect(n < limit, what + "expected at most " + limit + " integers");
      expect(json.currentToken() == JsonToken.VALUE_NUMBER_INT, what + "expected integers");
      values[n] = json.getLongValue();
      expect(values[n] >= 0, what + "expected integers of at least 0");
      n++;
    }
    return Arrays.copyOf(values, n);
  }

  private void next(JsonToken token, String expectation) throws IOException {
    expect(json.nextToken() == token, expectation);
  }

  private void expect(boolean condition, String expectation) throws IOException {
    if (!condition) {
      throw problem(expectation + ", got " + shown(json.getText()));
    }
  }

  /// Refuses text that could not be written again; JSON can spell it with an escape.
  private String checked(String text) throws FormatException {
    if (!Safetensors.isUnicode(text)) {
      throw problem(quote(text) + " holds half a surrogate pair, which is no character");
    }
    return text;
  }

  private FormatException problem(String text) {
    return problem(text, null);
  }

  private FormatException problem(String text, Throwable cause) {
    long at = json.currentLocation().getCharOffset();
    return new FormatException(source, text + " (header, character " + at + ")", cause);
  }

  /// Prepares a name from a file for a message: quoted, shortened, control characters escaped.
  static String quote(String name) {
    return '"' + shown(name) + '"';
  }

  private static String shown(String text) {
    String start = text.length() <= 100 ? text : text.substring(0, 100) + "...";
    return new String(JsonStringEncoder.getInstance().quoteAsString(start));
  }
}

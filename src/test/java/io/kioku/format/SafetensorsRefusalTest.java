package io.kioku.format;

import static io.kioku.format.SafetensorsBytes.file;
import static io.kioku.format.SafetensorsBytes.tensor;
import static io.kioku.format.SafetensorsBytes.withLength;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each rule of the format, broken alone.
class SafetensorsRefusalTest {
  private static final byte[] EMPTY = "{}".getBytes(StandardCharsets.UTF_8);

  @Test
  void theMessageBeginsWithThePath(@TempDir Path directory) throws IOException {
    Path path = Files.write(directory.resolve("bad"), new byte[3]);
    var e = assertThrows(FormatException.class, () -> Safetensors.read(path));
    assertEquals(
        path + ": expected 8 bytes with the length of the header, but the file has 3",
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "3, 3",
    "100000001, 100000001",
    "9223372036854775807, 9223372036854775807",
    "-1, 18446744073709551615",
    "-9223372036854775808, 9223372036854775808"
  })
  void headerLengthOutsideTheFile(long claim, String shown) {
    assertRefused(
        withLength(claim, EMPTY),
        "the first 8 bytes give a header length of "
            + shown
            + "; expected 2 to 2, as the file has 10");
  }

  @Test
  void headerLengthBeyondTheLimit(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("sparse");
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(withLength(100_000_001, EMPTY));
      file.setLength(200_000_000);
    }
    var e = assertThrows(FormatException.class, () -> Safetensors.read(path));
    assertTrue(e.getMessage().contains("expected 2 to 100000000,"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {" {}", "[]", "\uFEFF{}", "\0{}"})
  void headerThatBeginsWithNoBrace(String header) {
    assertRefused(file(header), "the header must begin with '{', but begins with byte 0x");
  }

  @Test
  void headerThatIsNotUtf8() {
    byte[] header = "{\"x\":{}}".getBytes(StandardCharsets.ISO_8859_1);
    header[2] = (byte) 0xFF;
    assertRefused(withLength(header.length, header), "the header is not valid UTF-8");
  }

  @Test
  void headerInAnotherEncoding() {
    byte[] header = "{}".getBytes(StandardCharsets.UTF_16LE);
    assertRefused(withLength(header.length, header), "the header is not valid JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\"", "{a:1}", "{'a':1}", "{\"a\":}", "{,}", "{/**/}", "{\"a\":NaN}"})
  void headerThatIsNotJson(String header) {
    assertRefused(file(header), "the header is not valid JSON: ");
  }

  @Test
  void messagesDoNotTellOfTheParser() {
    for (String header : new String[] {"{", "{\"a\":{\"shape\":[" + "9".repeat(99) + "]}}"}) {
      String message = refusal(file(header)).getMessage();
      assertFalse(message.matches("(?s).*(Source|Stream|`).*"), message);
    }
  }

  @Test
  void somethingAfterTheHeader() {
    assertRefused(file("{} {}"), "expected nothing but spaces after the last '}', got {");
    assertRefused(file("{}\0\0"), "the header is not valid JSON");
  }

  @Test
  void duplicateTensor() {
    String a = "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
    assertRefused(file("{" + a + "," + a + "}"), "Duplicate");
    assertRefused(file("{" + a + "," + a.replaceFirst("a", "\\\\u0061") + "}"), "Duplicate");
  }

  @Test
  void duplicateKeyOfATensor() {
    assertRefused(tensor("\"dtype\":\"F32\",\"dtype\":\"F16\"", 0), "Duplicate");
  }

  @Test
  void duplicateMetadata() {
    assertRefused(file("{\"__metadata__\":{},\"__metadata__\":{}}"), "Duplicate");
    assertRefused(file("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}"), "Duplicate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "null", "\"text\"", "1"})
  void metadataThatIsNoObject(String metadata) {
    assertRefused(
        file("{\"__metadata__\":" + metadata + "}"), "__metadata__: expected an object, got ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "null", "true", "[]", "{}"})
  void metadataThatIsNoString(String value) {
    assertRefused(
        file("{\"__metadata__\":{\"k\":" + value + "}}"),
        "__metadata__: expected a string for \"k\", got " + value.charAt(0));
  }

  @Test
  void deepNesting() {
    String bomb = "[".repeat(100_000);
    assertRefused(file("{\"a\":" + bomb + "}"), "tensor \"a\": expected an object, got [");
    assertRefused(tensor("\"shape\":" + bomb, 0), "shape: expected integers, got [");
    assertRefused(tensor("\"x\":" + bomb, 0), "got the key \"x\"");
  }

  @Test
  void aNameTooLong() {
    String entry = ":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    assertRefused(file("{\"" + "n".repeat(5000) + "\"" + entry), "5000");
  }

  @Test
  void aLongNameIsShortenedInTheMessage() {
    var e = refusal(file("{\"" + "n".repeat(4000) + "\":1}"));
    assertTrue(e.getMessage().length() < 250, e.getMessage());
  }

  @Test
  void controlCharactersAreEscapedInTheMessage() {
    assertRefused(file("{\"a\\u001b\\n\":1}"), "tensor \"a\\u001B\\n\": expected an object, got 1");
    assertRefused(file("{\"a\":\"\\u001b\"}"), "expected an object, got \\u001B");
  }

  @Test
  void halfASurrogatePair() {
    assertRefused(file("{\"__metadata__\":{\"k\":\"\\ud800\"}}"), "half a surrogate pair");
    assertRefused(file("{\"\\ud800\":{}}"), "surrogate");
    assertRefused(file("{\"\\udc00\":{}}"), "surrogate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "null", "\"F32\"", "7"})
  void aTensorThatIsNoObject(String value) {
    assertRefused(file("{\"a\":" + value + "}"), "tensor \"a\": expected an object, got ");
  }

  @Test
  void aMissingKey() {
    assertRefused(tensor("\"shape\":[0],\"data_offsets\":[0,0]", 0), "\"a\": dtype is missing");
    assertRefused(tensor("\"dtype\":\"F32\",\"data_offsets\":[0,0]", 0), "\"a\": shape is missing");
    assertRefused(tensor("\"dtype\":\"F32\",\"shape\":[0]", 0), "\"a\": data_offsets is missing");
  }

  @Test
  void anUnknownKey() {
    assertRefused(
        tensor("\"dtype\":\"F32\",\"strides\":[1]", 0),
        "tensor \"a\": expected only dtype, shape and data_offsets, got the key \"strides\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"I64", "F64", "U8", "BOOL", "F8_E4M3", "f32", "", "X"})
  void aTypeThatIsNotSupported(String dtype) {
    assertRefused(
        tensor("\"dtype\":\"" + dtype + "\",\"shape\":[1],\"data_offsets\":[0,8]", 8),
        "tensor \"a\": dtype \"%s\" is not supported; convert it to one of [F32, F16, BF16, I8]"
            .formatted(dtype));
  }

  @Test
  void aTypeThatIsNoString() {
    assertRefused(tensor("\"dtype\":32", 0), "tensor \"a\": dtype: expected a string, got 32");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "3", "null", "\"1\""})
  void aShapeThatIsNoArray(String shape) {
    assertRefused(
        tensor("\"shape\":" + shape, 0), "\"a\": shape: expected an array of integers, got ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.5", "1e3", "null", "\"1\"", "[]", "true"})
  void aDimensionThatIsNoInteger(String dim) {
    assertRefused(tensor("\"shape\":[" + dim + "]", 0), "\"a\": shape: expected integers, got ");
  }

  @Test
  void aNegativeDimension() {
    assertRefused(
        tensor("\"shape\":[-1,-1]", 0), "\"a\": shape: expected integers of at least 0, got -1");
  }

  @Test
  void aDimensionBeyondLong() {
    assertRefused(tensor("\"shape\":[9223372036854775808]", 0), "out of range");
    assertRefused(tensor("\"shape\":[" + "9".repeat(1000) + "]", 0), "exceeds the maximum");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4294967296,4294967296",
        "9223372036854775807,2",
        "9223372036854775807",
        "4611686018427387904,4", // 2^64: a wrapped product would be 0
        "3037000500,3037000500"
      })
  void aProductThatOverflows(String dims) {
    assertRefused(
        tensor("\"dtype\":\"F32\",\"shape\":[" + dims + "],\"data_offsets\":[0,0]", 0),
        "too many elements");
  }

  @Test
  void tooManyDimensions() {
    assertRefused(
        tensor("\"shape\":[" + "1,".repeat(64) + "1]", 0), "shape: expected at most 64 integers");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[4]", "[4,0]"})
  void offsetsThatAreNoRange(String offsets) {
    assertRefused(
        tensor("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" + offsets, 4),
        "data_offsets must be [begin, end] with begin <= end, got [");
  }

  @Test
  void offsetsOfThreeNumbers() {
    assertRefused(
        tensor("\"data_offsets\":[0,4,8]", 8), "data_offsets: expected at most 2 integers");
  }

  @Test
  void aNegativeOffset() {
    assertRefused(
        tensor("\"data_offsets\":[-4,0]", 4), "data_offsets: expected integers of at least 0");
  }

  @Test
  void aSizeThatContradictsTheShape() {
    assertRefused(
        tensor("\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[0,24]", 24),
        "tensor \"a\": F16[2, 3] needs 12 bytes, but data_offsets [0, 24] span 24");
  }

  @Test
  void lengthsThatNobodyHas() {
    long elements = Long.MAX_VALUE / 4;
    assertRefused(
        tensor(
            "\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]"
                .formatted(elements, elements * 4),
            4),
        "the tensors need 9223372036854775804 bytes of data, but 4 follow the header: "
            + "the file is cut off");
    assertRefused(
        tensor(
            "\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[%1$d,%1$d]"
                .formatted(Long.MAX_VALUE),
            0),
        "a hole");
  }

  @Test
  void overlap() {
    assertRefused(
        twoTensors("[0,8]", "[4,12]", 12),
        "tensor \"b\": its data begin at 4, but the tensors before it end at 8: they overlap");
    assertRefused(twoTensors("[0,8]", "[0,8]", 8), "they overlap");
  }

  @Test
  void aHole() {
    assertRefused(
        twoTensors("[0,8]", "[12,20]", 20),
        "tensor \"b\": its data begin at 12, but the tensors before it end at 8: there is a hole");
    assertRefused(twoTensors("[4,12]", "[12,20]", 20), "tensor \"a\": its data begin at 4");
  }

  @Test
  void dataThatBelongToNoTensor() {
    assertRefused(
        twoTensors("[0,8]", "[8,16]", 17),
        "the tensors need 16 bytes of data, but 17 follow the header: some belong to no tensor");
    assertRefused(file("{}", new byte[1]), "some belong to no tensor");
  }

  @Test
  void dataThatAreCutOff() {
    assertRefused(
        twoTensors("[0,8]", "[8,16]", 15),
        "the tensors need 16 bytes of data, but 15 follow the header: the file is cut off");
  }

  @Test
  void somethingOfEverySizeMayBeEmpty() throws IOException {
    assertEquals(
        Tensor.of(new float[0], 5, 0),
        SafetensorsBytes.read(
                tensor("\"dtype\":\"BF16\",\"shape\":[5,0],\"data_offsets\":[0,0]", 0))
            .tensors()
            .get("a"));
  }

  private static byte[] twoTensors(String offsetsOfA, String offsetsOfB, int dataLength) {
    String entry = "\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":%s}";
    String header = entry.formatted("b", offsetsOfB) + "," + entry.formatted("a", offsetsOfA);
    return file("{" + header + "}", new byte[dataLength]);
  }

  private static FormatException refusal(byte[] file) {
    return assertThrows(FormatException.class, () -> SafetensorsBytes.read(file));
  }

  private static void assertRefused(byte[] file, String message) {
    String text = refusal(file).getMessage();
    assertTrue(text.startsWith("test: ") && text.contains(message), text);
  }
}

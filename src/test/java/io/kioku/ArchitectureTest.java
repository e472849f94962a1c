package io.kioku;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// Imports run one way: cli → onnx, nn → io.kioku → internal.backend → internal.ffi → bindings;
/// internal.onnx stands on internal.backend, and onnx on it; cell and format are plain data that
/// anyone may read.
@AnalyzeClasses(packages = "io.kioku", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String BINDINGS = "io.kioku.bindings..";
  private static final String FFI = "io.kioku.internal.ffi..";
  private static final String BACKEND = "io.kioku.internal.backend..";
  private static final String API = "io.kioku";
  private static final String CELL = "io.kioku.cell..";
  private static final String LIFETIME = "io.kioku.internal.lifetime..";
  private static final String MEMORY = "io.kioku.internal.memory..";
  private static final String CLI = "io.kioku.cli..";
  private static final String NN = "io.kioku.nn..";
  private static final String ONNX = "io.kioku.onnx..";
  private static final String ONNX_INTERNAL = "io.kioku.internal.onnx..";
  private static final String FORMAT = "io.kioku.format..";

  @ArchTest static final ArchRule CELLS_USE_NOTHING = onlyKnows(CELL, CELL);

  @ArchTest static final ArchRule FORMATS_ONLY_CHECK_MEMORY = onlyKnows(FORMAT, FORMAT, MEMORY);

  @ArchTest static final ArchRule BINDINGS_USE_NOTHING = onlyKnows(BINDINGS, BINDINGS);

  @ArchTest static final ArchRule FFI_USES_BINDINGS = onlyKnows(FFI, FFI, BINDINGS);

  @ArchTest static final ArchRule BACKENDS_USE_FFI = onlyKnows(BACKEND, BACKEND, FFI, CELL, FORMAT);

  @ArchTest
  static final ArchRule THE_API_USES_BACKENDS =
      onlyKnows(API, API, LIFETIME, MEMORY, BACKEND, FFI, CELL, FORMAT);

  @ArchTest
  static final ArchRule NN_USES_THE_API = onlyKnows(NN, NN, API, MEMORY, BACKEND, CELL, FORMAT);

  @ArchTest
  static final ArchRule ONNX_USES_THE_API =
      onlyKnows(ONNX, ONNX, ONNX_INTERNAL, API, LIFETIME, MEMORY, BACKEND, FFI, CELL, FORMAT);

  /// They stand on backends and never call back up.
  @ArchTest
  static final ArchRule ONNX_OPERATORS_USE_BACKENDS =
      onlyKnows(ONNX_INTERNAL, ONNX_INTERNAL, BACKEND, FFI, CELL, FORMAT);

  /// It shows which backends there are and what is loaded; all else it has from the API.
  @ArchTest
  static final ArchRule THE_COMMAND_LINE_USES_THE_API =
      onlyKnows(CLI, CLI, ONNX, NN, API, BACKEND, FFI, CELL, FORMAT);

  @ArchTest
  static final ArchRule PROTOBUF_IS_FOR_TESTS =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.onnx..", "com.google.protobuf..");

  @ArchTest static final ArchRule LIFETIMES_USE_NOTHING = onlyKnows(LIFETIME, LIFETIME);

  @ArchTest static final ArchRule CHECKS_OF_MEMORY_USE_NOTHING = onlyKnows(MEMORY, MEMORY);

  @ArchTest
  static final ArchRule ONLY_FFI_LINKS =
      noClasses()
          .that(not(resideInAnyPackage(FFI, BINDINGS)))
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.foreign.Linker")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.foreign.SymbolLookup");

  @ArchTest
  static final ArchRule BACKENDS_DO_NOT_KNOW_EACH_OTHER_IN_CIRCLES =
      slices().matching("io.kioku.internal.backend.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ONLY_THE_COMMAND_LINE_PRINTS =
      noClasses()
          .that(not(resideInAnyPackage(CLI, BINDINGS)))
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  /// Within Kioku; what it uses of Java and its libraries is another matter.
  private static ArchRule onlyKnows(String room, String... rooms) {
    return classes()
        .that(resideInAPackage(room))
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(rooms).or(not(resideInAPackage("io.kioku.."))))
        .allowEmptyShould(true);
  }
}

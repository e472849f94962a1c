/// Recurrent networks at native speed on CPUs.
@SuppressWarnings("requires-automatic") // the jars of progressbar and xchart are no modules
module io.kioku {
  requires com.fasterxml.jackson.core;
  requires static info.picocli;
  requires static java.desktop;
  requires static me.tongfei.progressbar;
  requires static xchart;

  exports io.kioku;
  exports io.kioku.cell;
  exports io.kioku.format;
  exports io.kioku.nn;
  exports io.kioku.onnx;

  opens io.kioku.cli to
      info.picocli;
}

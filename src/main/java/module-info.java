/// Recurrent networks at native speed on CPUs.
module io.kioku {
  requires com.fasterxml.jackson.core;
  requires static info.picocli;
  requires static me.tongfei.progressbar;

  exports io.kioku;
  exports io.kioku.cell;
  exports io.kioku.format;
  exports io.kioku.nn;

  opens io.kioku.cli to
      info.picocli;
}

/// The command line: `kioku generate`, `kioku score`, `kioku explain`, `kioku info`.
package io.kioku.cli;

/// The command line: `kioku generate`, `kioku score`, `kioku explain`, `kioku cells`, `kioku info`.
package io.kioku.cli;

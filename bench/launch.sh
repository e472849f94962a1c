# Sourced by the launchers beside it: builds both projects and sets `root` and `java`, a JDK with what all of them need.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mvn -q -B -ntp -f "$root/pom.xml" install -DskipTests -Dmaven.javadoc.skip
mvn -q -B -ntp -f "$root/bench/pom.xml" package -DskipTests
java=("${JAVA25_HOME:-$(ls -d /usr/lib/jvm/*25* 2> /dev/null | head -1)}/bin/java" --enable-native-access=ALL-UNNAMED
  "-Dkioku.natives=$root/target/natives/lib" -Dai.djl.offline=true -Dslf4j.internal.verbosity=ERROR
  -cp "$root/bench/target/classes:$root/bench/target/lib/*")

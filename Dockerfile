# One image for everything that `millrace` does: scheduler, agent, topics, and the commands that people type.
# The jars come from `mvn -DskipTests package`, which puts them into cli/target/image; nothing is compiled in here.
FROM eclipse-temurin:17-jre

# A fixed number, so that volumes keep their owner from one image to the next. Agents run their tasks as this user as well.
RUN groupadd --gid 10001 millrace \
 && useradd --uid 10001 --gid millrace --create-home millrace \
 && install -d -o millrace -g millrace /var/lib/millrace

# Libraries before the project's own jars: they change less often.
COPY cli/target/image/lib/ /opt/millrace/lib/
COPY cli/target/image/app/ /opt/millrace/app/
COPY docker/millrace /usr/local/bin/millrace

# An archive of the classes that a small cluster loads, from which commands and restarted schedulers start sooner. It is good for one class
# path, which is therefore written down. Without it everything works as well, so an image whose JVM can't make it is none the worse.
RUN cd /opt/millrace \
 && echo "$PWD"/app/*.jar "$PWD"/lib/*.jar | tr ' ' ':' >classpath \
 && mkdir rehearsal \
 && { timeout -k 5 60 java --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
      -XX:ArchiveClassesAtExit=rehearsal/classes.jsa -Djava.io.tmpdir="$PWD/rehearsal" \
      -cp "$(cat classpath)" dev.millrace.cli.RehearsalMain >rehearsal.log 2>&1 \
      && mv rehearsal/classes.jsa . \
      || echo 'no archive of classes was made'; } \
 && rm -rf rehearsal rehearsal.log

USER millrace
WORKDIR /var/lib/millrace
VOLUME /var/lib/millrace
ENTRYPOINT ["millrace"]
CMD ["--help"]

# One image for everything that `millrace` does: scheduler, agent, topics, and the commands that people type.
# The jars come from `mvn -DskipTests package`, which puts them into cli/target/image; nothing is built in here.
FROM eclipse-temurin:17-jre

# A fixed number, so that volumes keep their owner from one image to the next. Agents run their tasks as this user as well.
RUN groupadd --gid 10001 millrace \
 && useradd --uid 10001 --gid millrace --create-home millrace \
 && install -d -o millrace -g millrace /var/lib/millrace

# Libraries before the project's own jars: they change less often.
COPY cli/target/image/lib/ /opt/millrace/lib/
COPY cli/target/image/app/ /opt/millrace/app/
COPY docker/millrace /usr/local/bin/millrace

USER millrace
WORKDIR /var/lib/millrace
VOLUME /var/lib/millrace
ENTRYPOINT ["millrace"]
CMD ["--help"]

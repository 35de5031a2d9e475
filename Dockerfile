# The command in an OCI image. First `scripts/dist`, then `docker build -t matchflow .`; run it on a folder of yours with
# `docker run --rm -v "$PWD:/work" matchflow run my.yaml`.
FROM debian:12-slim
RUN useradd --create-home --uid 1000 matchflow && mkdir /work && chown matchflow /work
COPY target/dist/matchflow-x86_64-unknown-linux-gnu /opt/matchflow
ENV PATH=/opt/matchflow:$PATH
USER matchflow
WORKDIR /work
ENTRYPOINT ["matchflow"]
CMD ["--help"]

# The command in an OCI image. First `scripts/dist`, then `docker build -t matchflow .`; run it on a folder of yours with
# `docker run --rm -v "$PWD:/work" matchflow run my.yaml`.
FROM debian:12-slim
# TLS, of arbiters' services and of PostgreSQL, needs the certificates of authorities.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 1000 matchflow && mkdir /work && chown matchflow /work
COPY target/dist/matchflow-x86_64-unknown-linux-gnu /opt/matchflow
ENV PATH=/opt/matchflow:$PATH
USER matchflow
WORKDIR /work
ENTRYPOINT ["matchflow"]
CMD ["--help"]

# The gateway in a container. docs/containers.md says how to run it.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /src
COPY . .
# The commit that `clawdbot --version` names; the build context has no history.
ARG CLAWDBOT_COMMIT=
RUN ./scripts/install --prefix /out

FROM node:24.21.0-bookworm-slim
# tini is the first process: it passes signals on and collects what ended processes leave behind.
# The volume is open to every user like /tmp, because the container may run as any; the state in it
# is a folder of that user's own.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini=0.19.0-* \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -m 1777 /data
COPY --from=build /out /usr/local
ENV CLAWDBOT_STATE_DIR=/data/clawdbot
VOLUME /data
EXPOSE 18789
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["clawdbot", "gateway", "status"]
ENTRYPOINT ["/usr/bin/tini", "--", "clawdbot"]
CMD ["gateway", "--bind", "lan"]

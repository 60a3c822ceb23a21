# One image for every function, job and tool of the platform: FUNCTION, or the first argument, picks what it runs.
FROM node:26-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY rolldown.config.ts tsconfig.json ./
COPY lib lib
COPY functions functions
RUN npm run build \
 && mkdir -p /app/node_modules \
 && cp -r dist/. /app \
 && cp -r node_modules/sqlite-vec node_modules/sqlite-vec-linux-* /app/node_modules/ \
 && npm sbom --omit=dev --package-lock-only --sbom-format=cyclonedx >/app/sbom.cdx.json
# The cache belongs to the user that the functions run as.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN mkdir /app/.compile-cache && chown 1000:1000 /app/.compile-cache
USER 1000:1000
RUN node functions/write-compile-cache.ts /app

FROM node:26-bookworm-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="genai-platform" \
  org.opencontainers.image.description="Multi-tenant GenAI platform for bursty, serverless traffic: functions, jobs and tools" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.base.name="docker.io/library/node:26-bookworm-slim"
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.compile-cache
COPY --from=build /app /app
# Writable where the root file system is not.
WORKDIR /tmp
USER 1000:1000
EXPOSE 8080 9464
ENTRYPOINT ["node", "/app/main.js"]

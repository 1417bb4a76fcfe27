# One image for all apps, chosen by the command: docker run … hookyard apps/matcher/dist/main.js
# Without a command it is the standalone host: docker run -e HOOKYARD_HOST=0.0.0.0 -p 127.0.0.1:8080:8080 -v hookyard:/data hookyard
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

FROM ${NODE_IMAGE} AS workspace
WORKDIR /app

# What npm reads, alone: a change of sources installs nothing anew, and a new package needs no line here.
FROM workspace AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM workspace AS build
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npx tsc -b \
  && mkdir /out \
  && find apps libs -path '*/dist/*' -name '*.js' -not -path '*/node_modules/*' -exec cp --parents -t /out {} +

# What the apps need to run. Nothing of it is optional: what npm calls so is the compiler, for Swagger's plugin. The embedded engine
# brings its binaries along for every platform; one is used here.
FROM workspace AS production
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --workspace=apps \
  && find . -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
  && rm -r node_modules/@photostructure/sqlite/src \
  && find node_modules/@photostructure/sqlite/prebuilds -mindepth 1 -maxdepth 1 ! -name "linux-$(node -p process.arch)" -exec rm -r {} +

FROM workspace
ENV NODE_ENV=production HOOKYARD_DATA_FOLDER=/data
# Volumes that are mounted there begin with these owners. Everything else may be read-only.
RUN install -d -o 1000 -g 1000 -m 0700 /data /secrets/master-key /secrets/admin-token
COPY --from=production /app ./
COPY --from=build /out ./
COPY deploy/image ./deploy/image
# By number, so that Kubernetes can see that it is not root; the base image calls it node.
USER 1000:1000
EXPOSE 8080 9090
HEALTHCHECK --interval=5s --timeout=5s --start-period=120s --retries=3 CMD ["node", "deploy/image/healthcheck.mjs"]
ENTRYPOINT ["node"]
CMD ["apps/standalone/dist/main.js"]

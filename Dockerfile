# The whole product in one image. Without DATABASE_URL it runs its own PostgreSQL in DATA_DIR.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What the lock file says; packages of other systems that it does not name are no reason to stop.
RUN npm install --no-save
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/prepare.mjs scripts/prepare.mjs
COPY migrations migrations
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
# Inside a container only the published port decides who reaches it.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/var/lib/quietline
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/quietline
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY scripts/prepare.mjs scripts/prepare.mjs
USER node
VOLUME /var/lib/quietline
EXPOSE 3000
# SIGTERM ends it within 10 s; STOPSIGNAL says so to whoever reads this.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Hundreds of questions are under way at once: with room for all of them, the collector copies few of them twice.
CMD ["node", "--enable-source-maps", "--max-semi-space-size=64", "dist/src/cli/quietline.js", "serve"]

# Two images of one source:
#
#   docker build -t rpafabrik .                           operator, platform, ledger migrate
#   docker build -t rpafabrik-robot --target robot .      the base of digital workers
#
# BASE is what the images run on: it needs Python, no pip and no shell. BUILD_BASE builds: it needs
# pip and a shell, and the same Python at the same path as BASE.
ARG BASE=docker.io/library/python:3.11-slim-bookworm
ARG BUILD_BASE=${BASE}

# Three folders come of this stage, to be laid over each other: /opt/rpafabrik, what both images
# need; /opt/product, what only the product needs; /opt/code, our own. Code is the last and small
# layer: a new version of ours is a download of one megabyte.
FROM ${BUILD_BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY images images
# Left out: the tests of libraries, the Rust source that Temporal's wheel carries, and of
# Kubernetes' client the synchronous half, 30 MB that nothing here calls. Bytecode goes in, for a
# read-only root cannot make it; it holds whatever happens to the times of files.
RUN mkdir /opt/robot \
 && python3 -m venv --without-pip /opt/build \
 && python3 -m venv --without-pip /opt/rpafabrik \
 && python3 -m pip --python /opt/build/bin/python install --require-hashes -r images/build.lock \
 && install="python3 -m pip --python /opt/rpafabrik/bin/python install --require-hashes" \
 && $install -r images/robot.lock \
 && $install -r images/product.lock --prefix /opt/product \
 && rm -r /opt/rpafabrik/lib/python3*/site-packages/temporalio/bridge/sdk-core \
 && rm /opt/product/lib/python3*/site-packages/kubernetes/client/api/*_api.py \
 && rm /opt/product/lib/python3*/site-packages/kubernetes/client/models/[!_]*.py \
 && find /opt/rpafabrik /opt/product -type d -name tests -prune -exec rm -r {} + \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/rpafabrik/lib /opt/product/lib
COPY . .
RUN /opt/build/bin/python -m hatchling build -t wheel -d /wheel \
 && python3 -m pip --python /opt/rpafabrik/bin/python install --no-deps --no-index --prefix /opt/code \
    /wheel/*.whl \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/code/lib

# No RUN from here on: BASE may have no shell.
FROM ${BASE} AS runtime
# LOGNAME, for Kopf asks who it is, and the number below has no name.
ENV PATH=/opt/rpafabrik/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOME=/tmp LOGNAME=rpafabrik
COPY --from=build /opt/rpafabrik /opt/rpafabrik
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
ENTRYPOINT ["rpafabrik"]
CMD ["--help"]
LABEL org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.vendor="The rpafabrik developers"

FROM runtime AS robot
COPY --from=build /opt/code /opt/rpafabrik
# Modules of a developer's own, copied here, are found by `rpafabrik worker --module`.
COPY --from=build /opt/robot /opt/robot
WORKDIR /opt/robot
LABEL org.opencontainers.image.title=rpafabrik-robot \
      org.opencontainers.image.description="The base of digital workers: rpafabrik worker"

FROM runtime AS product
COPY --from=build /opt/product /opt/rpafabrik
COPY --from=build /opt/code /opt/rpafabrik
LABEL org.opencontainers.image.title=rpafabrik \
      org.opencontainers.image.description="Operator and platform worker of rpafabrik"

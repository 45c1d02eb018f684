# Not built by the tests: they have no container engine. They do build and run the wheel that goes in here.
FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv --without-pip /opt/easel && python -m venv /opt/tools
COPY requirements.lock requirements-build.lock ./
RUN /opt/tools/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-build.lock \
    && /opt/tools/bin/pip --python /opt/easel/bin/python install --no-cache-dir --require-hashes --only-binary :all: \
        -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY cogs cogs
RUN /opt/tools/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /build/wheel . \
    && /opt/tools/bin/pip --python /opt/easel/bin/python install --no-deps --no-index /build/wheel/*.whl

FROM python:3.11-slim
# The image's own pip has nothing to do here, so nobody who breaks in finds it.
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore setuptools wheel pip \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin easel \
    && install --directory --owner=easel --group=easel --mode=0700 /data
COPY --from=build /opt/easel /opt/easel
ENV PATH=/opt/easel/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data
USER easel
# Everything else may be read-only.
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["easel", "doctor", "--live"]
ENTRYPOINT ["easel"]

# What every node of a cluster runs. `make image` builds the wheel and then this; cluster*.yaml and jobs/rayjob.yaml name it.
#
# The digest is that of the index of the tag before it. Nothing but what requirements.lock names by hash is installed; its
# torch is the one of the package index, which computes on a CPU or, where there is one, on an NVIDIA GPU.
FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d

# `ray up` copies with rsync and reaches the workers over ssh; KubeRay asks with wget whether a pod lives. Without versions:
# Debian keeps the newest of each alone, with the repairs of its security team.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends openssh-client rsync wget \
    && rm -rf /var/lib/apt/lists/*

# The number of the first user of a machine: what `ray up` copies there is then readable here. Ray looks for the token in .ray.
RUN useradd --create-home --uid 1000 --shell /bin/bash ray \
    && install --directory --owner=ray --group=ray --mode=700 /home/ray/.ray /home/ray/.cache

# Into the Python of the image and no environment of its own: Ray starts everything in a login shell, which sets PATH anew.
COPY requirements.lock /tmp/requirements.lock
RUN pip install --no-cache-dir --only-binary=:all: --require-hashes -r /tmp/requirements.lock
COPY build/image/*.whl /tmp/
RUN pip install --no-cache-dir --no-index --no-deps /tmp/*.whl && rm /tmp/*.whl /tmp/requirements.lock

ENV HOME=/home/ray \
    RAY_AUTH_MODE=token \
    RAY_USAGE_STATS_ENABLED=0 \
    RAY_ENABLE_UV_RUN_RUNTIME_ENV=0

# By number: Kubernetes cannot tell of a name whether it is root.
USER 1000
WORKDIR /home/ray
CMD ["transfer", "--help"]

# One image for every role: the mock platform, a master, a worker. The command says which.
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/zerohour
COPY pyproject.toml README.md LICENSE ./
COPY .ci/constraints.txt .ci/constraints.txt
COPY mock_platform mock_platform
COPY loadtests loadtests
COPY dashboards dashboards
RUN pip install --constraint .ci/constraints.txt .
RUN useradd --create-home shopper && mkdir runs && chown shopper runs
USER shopper
ENTRYPOINT ["zerohour"]
CMD ["rehearse", "--headless"]

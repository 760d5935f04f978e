"""What is resolved and installed: sets of projects as people have them."""

from __future__ import annotations

AS_OF = "2026-11-01T00:00:00Z"
"""Files uploaded later are left out when pages are recorded: all machines resolve the same."""

DEFAULT = ("trio", "web", "jupyter")

_TRIO = """
async-generator attrs black cffi codespell coverage cryptography idna isort jedi mypy outcome
pyright pylint pyopenssl pytest pytest-cov pytest-xdist ruff sniffio sortedcontainers sphinx trio
trustme types-cffi types-pyopenssl
"""

_WEB = """
aiofiles alembic argon2-cffi arq asyncpg boto3 celery[redis] cryptography django django-allauth
django-cors-headers django-debug-toolbar django-environ django-extensions django-filter
django-redis django-storages djangorestframework djangorestframework-simplejwt drf-spectacular
email-validator fastapi[standard] gunicorn httpx jinja2 loguru mkdocs-material orjson passlib
pillow prometheus-client psycopg[binary] pydantic-settings pyjwt python-multipart redis requests
sentry-sdk sqlalchemy stripe structlog tenacity uvicorn[standard] whitenoise
"""

_AIRFLOW = (
    "apache-airflow[amazon,async,celery,cncf-kubernetes,docker,elasticsearch,ftp,google,grpc,"
    "hashicorp,http,microsoft-azure,odbc,postgres,redis,sftp,slack,snowflake,statsd]"
)

WORKLOADS: dict[str, tuple[str, ...]] = {
    "trio": tuple(_TRIO.split()),
    "web": tuple(_WEB.split()),
    "jupyter": ("jupyter",),
    "science": ("matplotlib", "pandas", "scikit-learn", "scipy", "seaborn"),
    # Hard to resolve: new boto3 wants new botocore wants new urllib3; both have 2,000 releases.
    "boto": ("boto3", "urllib3<1.25.4"),
    "airflow": (_AIRFLOW,),
}

"""Every setting, read from the environment by name.

With DEBUG off nothing secret has a default: a missing value stops the start with its name. A secret NAME may also be
a file named by NAME_FILE.
Where the embedded PostgreSQL and Valkey are used, `bin/_env` fills in the addresses.
"""

from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from accounts.openid import configuration as openid
from audit.roles import Role, RoleNames, role_url, told

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
# What is built once and only read afterwards lies in VAR; what running processes write and must not lose, in STATE.
VAR = Path(env.str("TYONOHJAUS_VAR", str(BASE_DIR / "var")))
STATE = Path(env.str("TYONOHJAUS_STATE", str(VAR)))
# Where worker and beat say from moment to moment that they are at work; nowhere when not set.
ALIVE = env.str("TYONOHJAUS_ALIVE", "")

DEBUG = env.bool("DEBUG", False)
TESTING = env.bool("TYONOHJAUS_TESTING", False)
# The pages that let one enter as a role exist only with DEBUG and this flag, and answer only on loopback.
DEMONSTRATION = DEBUG and env.bool("DEMONSTRATION", False)


def secret(name: str, development: str) -> str:
    """Return the secret `name`, or `development` where nothing is at stake."""
    value = told(name) or (development if DEBUG or TESTING else "")
    if not value:
        raise ImproperlyConfigured(f"{name} is missing: set {name} or {name}_FILE.")
    return value


SECRET_KEY = secret("SECRET_KEY", "only-for-development-on-a-loopback-address")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
SITE_URL = env.str("SITE_URL", f"http://127.0.0.1:{env.int('PORT', 8000)}" if DEBUG or TESTING else "").rstrip("/")
if not SITE_URL:
    raise ImproperlyConfigured("SITE_URL is missing: links in mails begin with it.")

# --- who connects to the database -----------------------------------------------------------------------------------

DATABASE_URL = told("DATABASE_URL")
DATABASE_ROLE = Role(env.str("DATABASE_ROLE", Role.APP))
DATABASE_ROLE_NAMES = RoleNames(env.str("DATABASE_ROLE_PREFIX", "tyonohjaus"))


def database(role: Role) -> Any:
    url = role_url(DATABASE_URL, role, DATABASE_ROLE_NAMES.prefix)
    return dj_database_url.parse(url, conn_max_age=60, conn_health_checks=False) | {
        "OPTIONS": {**dj_database_url.parse(url).get("OPTIONS", {}), "application_name": f"tyonohjaus-{role}"},
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


DATABASES = {"default": database(DATABASE_ROLE)}
if DATABASE_ROLE is Role.APP:  # the web process, in which the admin site asks as a role of its own
    DATABASES["admin"] = database(Role.ADMIN)
DATABASE_ROUTERS = ["audit.routing.AdminRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Valkey: queue and cache ----------------------------------------------------------------------------------------

REDIS_URL = secret("REDIS_URL", "")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "tyonohjaus",
    }
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Who puts a task into a queue that is away hears so at once: nobody waits in a browser for Valkey to come back.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0}
# In `sessions`, tasks are what people do between sessions: what the worker does for the room stands deeper.
CELERY_IMPORTS = ["tyonohjaus.alive", "sessions.busy.tasks"]
CELERY_BEAT_SCHEDULER = "tyonohjaus.beat:Scheduler"
CELERY_TIMEZONE = "Europe/Helsinki"
# Beat only nudges: what is due stands in PostgreSQL, so a lost or doubled tick loses and repeats nothing.
CELERY_BEAT_SCHEDULE = {
    "plan": {"task": "notifications.plan", "schedule": 60.0, "options": {"expires": 55}},
    "dispatch": {"task": "notifications.dispatch", "schedule": 15.0, "options": {"expires": 14}},
    "seal": {"task": "engagements.seal", "schedule": 30.0, "options": {"expires": 28}},
    "evaluations": {"task": "evaluations.move", "schedule": 60.0, "options": {"expires": 55}},
    "reports": {"task": "reports.move", "schedule": 60.0, "options": {"expires": 55}},
    "busy": {"task": "sessions.refresh_busy", "schedule": 120.0, "options": {"expires": 115}},
    "destroy": {"task": "vault.destroy", "schedule": 900.0, "options": {"expires": 880}},
    "retention": {"task": "privacy.retention", "schedule": crontab(hour=2, minute=20), "options": {"expires": 3600}},
    "forget": {"task": "transfer.forget", "schedule": 900.0, "options": {"expires": 880}},
    "anchor": {"task": "audit.anchor", "schedule": 86400.0, "options": {"expires": 3600}},
}

# --- rooms ----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "audit",  # first: its `migrate` also grants
    "tyonohjaus",
    "transfer",
    "backups",
    "privacy",
    "portfolio",
    "reports",
    "evaluations",
    "billing",
    "sessions",
    "engagements",
    "notifications",
    "documents",
    "accounts",
    "law",
    "vault",
    "formats",
    "tyonohjaus.administration.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_structlog",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Here and not in a proxy: Django pads what it packs, so that its length tells nothing of what is in it (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "tyonohjaus.middleware.response_headers",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tyonohjaus.middleware.known_methods",
    "tyonohjaus.system.health",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.session_limits",
    "tyonohjaus.middleware.user_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.account_mail",
    "allauth.account.middleware.AccountMiddleware",
    # What is done on commit still has the request, its language and its messages around it.
    "audit.middleware.RequestTransaction",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.second_factor",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "tyonohjaus.urls"
WSGI_APPLICATION = "tyonohjaus.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "formats.templatetags.formats",
                "law.templatetags.law",
                "tyonohjaus.ui",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "tyonohjaus.context.frame",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

# --- language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", "suomi"), ("sv", "svenska"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEBUG
LANGUAGE_COOKIE_HTTPONLY = True
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Helsinki"
USE_TZ = True

# --- static files ---------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", VAR / "assets"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "tyonohjaus.staticfiles.HashedFiles"
    },
}

# --- who comes in ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher" if TESTING else "django.contrib.auth.hashers.Argon2PasswordHasher"
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "request_login_code": "accounts.forms.RequestLoginCodeForm",
    "confirm_login_code": "accounts.forms.ConfirmLoginCodeForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEBUG else "https"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_CHANGE_EMAIL = True
# allauth's own limits stay; these are of the page that tells whether a file was sealed, and of what browsers report.
ACCOUNT_RATE_LIMITS = {"check_file": "30/m/ip", "csp_report": "20/m/ip"}
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.AuthenticateForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TRUST_ENABLED = False
MFA_TOTP_ISSUER = "Työnohjaus"
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
# Seals second-factor secrets and sessions at rest; numbered keys come with rotation. The worker can read neither, and
# is not given what would open them.
#: What works without anybody who signs in: the worker, and backups.
NOBODY_SIGNS_IN = DATABASE_ROLE in (Role.WORKER, Role.BACKUP)
FACTOR_KEY = "" if NOBODY_SIGNS_IN else secret("FACTOR_KEY", "only-for-development-on-a-loopback-address")
# Notes: a passphrase opens them only together with a pepper of ours; content that several read rests under CONTENT_KEY.
# Each is one secret, or several by number, the newest first (2:secret,1:older secret). Only the web process has them.
VAULT_PEPPER = secret("VAULT_PEPPER", "only-for-development-on-a-loopback-address") if DATABASE_ROLE is Role.APP else ""
CONTENT_KEY = secret("CONTENT_KEY", "only-for-development-on-a-loopback-address") if DATABASE_ROLE is Role.APP else ""
if DATABASE_ROLE is Role.OWNER:  # only to wrap content keys anew (`content_keys`)
    CONTENT_KEY = told("CONTENT_KEY")
    VAULT_PEPPER = told("VAULT_PEPPER")  # and to take in a practice from elsewhere (`import_archive`)
# Addresses of supervisors' other calendars: web seals them, the worker opens them to fetch. By number as above.
CALENDAR_KEY = secret("CALENDAR_KEY", "only-for-development-on-a-loopback-address") if DATABASE_ROLE is Role.APP else ""
if DATABASE_ROLE is Role.WORKER:  # beat is of this role too, and is told none
    CALENDAR_KEY = told("CALENDAR_KEY") or ("only-for-development-on-a-loopback-address" if DEBUG or TESTING else "")
# Those addresses lead out into the world. A developer's may lead to the same machine, and without https.
BUSY_CALENDARS_ON_LOOPBACK = DEBUG and env.bool("BUSY_CALENDARS_ON_LOOPBACK", False)
# argon2id: KiB of memory and passes. 64 MiB × 3 are 150–300 ms.
VAULT_STRETCHING = (1024, 1) if TESTING else (64 * 1024, 3)
# Seals what is kept for good. The worker alone is given the key; what it seals, anybody may check by the certificate.
SEAL_KEY = told("SEAL_KEY") if DATABASE_ROLE is Role.WORKER else ""
SEAL_CERTIFICATE = told("SEAL_CERTIFICATE")
# A time-stamp authority (RFC 3161) that says when, in place of our own word.
SEAL_TSA_URL = env.str("SEAL_TSA_URL", "")
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0 if DEBUG else 1)
PASSWORD_RESET_TIMEOUT = 3600
USERSESSIONS_ADAPTER = "accounts.adapters.SessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = True
# Organisations' own log-ins and identification services: none unless configured. An address that a provider vouches for
# is the identity, as with a code by mail: no account of the provider's is kept here, nor any token.
OPENID_PROVIDERS = () if NOBODY_SIGNS_IN else openid.read(told("OPENID_PROVIDERS"))
SOCIALACCOUNT_ADAPTER = "accounts.openid.adapter.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_LOGIN_ON_GET = False

# A session carries codes and seeds for minutes: it is sealed in its row, and in no cache.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_SERIALIZER = "accounts.sealing.SessionSerializer"
SESSION_COOKIE_AGE = 28800
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_SECONDS = 30 * 60
SESSION_ABSOLUTE_SECONDS = 8 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_NAME = "s" if DEBUG else "__Host-s"
CSRF_COOKIE_NAME = "c" if DEBUG else "__Host-c"
# What keeps a vault open lies in this cookie and nowhere else.
VAULT_COOKIE_NAME = "vault" if DEBUG else "__Host-vault"
# Of who answers an evaluation: it is sent to the pages of its link alone, which a `__Host-` cookie could not be.
ANSWERING_COOKIE_NAME = "answering" if DEBUG else "__Secure-answering"
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- hardening ------------------------------------------------------------------------------------------------------

ADMIN_PATH = env.str("ADMIN_PATH", "admin").strip("/")
# How long after showing who they are an administrator may change something.
ADMIN_PROVEN_SECONDS = 15 * 60
SECURE_SSL_REDIRECT = not DEBUG and not TESTING
# Without a proxy of ours in front, anybody could write this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 63072000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *openid.origins(OPENID_PROVIDERS)],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "report-uri": ["/csp-report/"],
    }
}
# Where a fault of security is reported: `mailto:…` or `https://…`, in /.well-known/security.txt.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "")
#: What whoever reads `/metrics` has to show; empty: nobody reads them.
METRICS_TOKEN = told("METRICS_TOKEN")
#: To whom backups are sealed, and to whom the keys that open what stands in them: never the same.
BACKUP_RECIPIENTS: list[str] = env.list("BACKUP_RECIPIENTS", [])
KEY_RECIPIENTS: list[str] = env.list("KEY_RECIPIENTS", [])
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# What people send rests in memory while it is in clear, never on a disk. What is larger is read to its end and let go,
# so that the page says so in words; beyond what the proxy takes (deploy/nginx/site.conf) the proxy says it.
FILE_UPLOAD_HANDLERS = ["documents.uploads.InMemory"]
UPLOAD_MAX_BYTES = 10 * 1024 * 1024
UPLOAD_MAX_BYTES_TOGETHER = 25 * 1024 * 1024

# --- e-mail ---------------------------------------------------------------------------------------------------------

EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_PORT = env.int("EMAIL_PORT", 587 if not DEBUG else 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = secret("EMAIL_HOST_PASSWORD", "-") if EMAIL_HOST_USER else ""
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", bool(EMAIL_HOST_USER))
EMAIL_TIMEOUT = 30
# Without a mail server a developer reads the mail in the product, at /dev/mail/.
MAILBOX = VAR / "mail" if DEBUG and not EMAIL_HOST else None
EMAIL_BACKEND = "notifications.mailbox.Mailbox" if MAILBOX else "django.core.mail.backends.smtp.EmailBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Työnohjaus <tyonohjaus@localhost>")
# Where each room says what messages it sends.
MESSAGES = [
    "notifications.invitations",
    "notifications.digest",
    "engagements.signing.messages",
    "sessions.messages",
    "sessions.news",
    "sessions.offers.messages",
    "sessions.notes.messages",
    "sessions.feeds.messages",
    "sessions.series.messages",
    "sessions.tasks.messages",
    "sessions.unlocking.messages",
    "evaluations.rounds.messages",
    "evaluations.rounds.news",
    "reports.messages",
    "portfolio.news",
    "privacy.own.messages",
    "tyonohjaus.week_ahead",
]
# How long a dispatcher that is not heard of keeps what it has in hand, and the first wait after a failure.
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", 120)
OUTBOX_RETRY_SECONDS = env.int("OUTBOX_RETRY_SECONDS", 60)

# --- logs: ids, never bodies ----------------------------------------------------------------------------------------

DEFAULT_EXCEPTION_REPORTER_FILTER = "tyonohjaus.reporting.NoLocalVariables"
DJANGO_STRUCTLOG_COMMAND_LOGGING_ENABLED = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "tyonohjaus.reporting.formatter"}},
    "filters": {"without_paths": {"()": "tyonohjaus.reporting.WithoutPaths"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["without_paths"]}},
    "root": {"handlers": ["console"], "level": "WARNING" if TESTING else "INFO"},
    "loggers": {
        "django.server": {"handlers": [], "propagate": False},
        # Both tell every step of every document.
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}

SILENCED_SYSTEM_CHECKS: list[str] = []

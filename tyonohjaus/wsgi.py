"""The web process. It connects to the database as the application and as nobody else."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tyonohjaus.settings")
os.environ.setdefault("DATABASE_ROLE", "app")

application = get_wsgi_application()

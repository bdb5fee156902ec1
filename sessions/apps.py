from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "supervision"  # `sessions` is taken by django.contrib.sessions

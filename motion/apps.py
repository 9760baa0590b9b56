from django.apps import AppConfig


class MotionConfig(AppConfig):
    name = "motion"
    default_auto_field = "django.db.models.BigAutoField"

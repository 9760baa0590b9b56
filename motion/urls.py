"""The pages' addresses."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.default_motion, name="default-motion"),
    path("motions/<slug:slug>/", views.motion, name="motion"),
]

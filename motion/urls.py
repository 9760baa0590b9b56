"""The pages' addresses."""

from django.urls import path

from .views.hand_over import hand_over
from .views.motions import default_motion, motion

urlpatterns = [
    path("", default_motion, name="default-motion"),
    path("motions/<slug:slug>/", motion, name="motion"),
    path("motions/<slug:slug>/hand-over/", hand_over, name="hand-over"),
]

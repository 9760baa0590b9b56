"""The pages' addresses."""

from django.urls import path

from .views.hand_over import hand_over
from .views.motions import default_motion, motion
from .views.path import path_csv, path_json

urlpatterns = [
    path("", default_motion, name="default-motion"),
    path("motions/<slug:slug>/", motion, name="motion"),
    path("motions/<slug:slug>/path.json", path_json, name="path-json"),
    path("motions/<slug:slug>/path.csv", path_csv, name="path-csv"),
    path("motions/<slug:slug>/hand-over/", hand_over, name="hand-over"),
]

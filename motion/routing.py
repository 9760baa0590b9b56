"""The sockets' addresses."""

from django.urls import path, re_path

from .live.consumers import MotionConsumer
from .live.socket_consumer import NoSuchSocket

websocket_urlpatterns = [
    path("ws/motions/<slug:slug>/", MotionConsumer.as_asgi()),
    re_path(r"", NoSuchSocket.as_asgi()),
]

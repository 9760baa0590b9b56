"""The program ours replaces, without its page: Flask-SocketIO in its `threading` mode.

A background thread emits a normal increment to everyone who is connected. The benchmark
gives the word for each step; the original slept half a second.
"""

from __future__ import annotations

import os
import sys

from flask import Flask
from flask_socketio import SocketIO

from .frames import increments

app = Flask(__name__)
socketio = SocketIO(app, async_mode="threading")


def walk() -> None:
    for frame in increments():
        if not os.read(0, 1):
            return
        socketio.emit("increments", frame)


socketio.start_background_task(walk)
socketio.run(app, host="127.0.0.1", port=int(sys.argv[1]), allow_unsafe_werkzeug=True)

"""Runs the Flask app that payhook replaces, as it is: flask_app.py PORT SECONDS, which a transaction
takes there instead of 30."""

import pathlib
import sys
import time
import types

port, seconds = int(sys.argv[1]), float(sys.argv[2])
contenders = pathlib.Path(__file__).resolve().parents[2] / "bench" / "contenders"
sys.dont_write_bytecode = True
sys.path.insert(0, str(contenders / "flask"))

import app  # noqa: E402

app.time = types.SimpleNamespace(sleep=lambda _: time.sleep(seconds))
app.app.run(port=port)

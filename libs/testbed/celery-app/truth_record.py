"""What a task writes about itself: plain appended lines, made without Celery's signals or events.

The exporter reads events; its numbers are held against these lines, so the two must share nothing.
"""
import json
import os
import time
from contextlib import contextmanager

from celery.exceptions import Ignore, Reject, Retry

TRUTH_FILE = os.environ.get("TRUTH_FILE")


class Recording:
    """One execution of one task."""

    def __init__(self, task):
        self.task = task
        self.began = time.monotonic()

    def write(self, what, error=None):
        if not TRUTH_FILE:
            return
        request = self.task.request
        record = {
            "id": request.id,
            "name": self.task.name,
            "what": what,
            "ts": time.time(),
            "pid": os.getpid(),
            "worker": request.hostname,
            "queue": (request.delivery_info or {}).get("routing_key"),
        }
        if what != "run":
            record["runtime"] = time.monotonic() - self.began
        if error is not None:
            record["exception"] = qualified_name(type(error))
        # One write to a file opened for appending is whole even between processes.
        line = (json.dumps(record) + "\n").encode()
        file = os.open(TRUTH_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line)
        finally:
            os.close(file)


@contextmanager
def recorded(task, failure="failed"):
    """Writes `run`, then how it ended. What is killed, or ends by SystemExit, leaves only `run`."""
    recording = Recording(task)
    recording.write("run")
    try:
        yield
    except Retry:
        recording.write("retried")
        raise
    except Reject:
        recording.write("rejected")
        raise
    except Ignore:
        recording.write("ignored")
        raise
    except Exception as error:
        recording.write(failure, error)
        raise
    else:
        recording.write("succeeded")


def first_time(task):
    """True once for each task id, whichever process asks and whatever died in between."""
    folder = (TRUTH_FILE or "/tmp/truth") + ".markers"
    os.makedirs(folder, exist_ok=True)
    try:
        os.close(os.open(os.path.join(folder, task.request.id), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def qualified_name(kind):
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"

"""A Celery client that takes one JSON request a line and answers each with one JSON line.

    {"op": "send", "tasks": [{"name": "truth.ok", "kwargs": {"duration": 1}, "queue": "fast", "count": 3}]}
    {"op": "revoke", "ids": ["…"], "terminate": true, "signal": "SIGTERM"}
    {"op": "purge", "queues": ["celery"]}   {"op": "ping", "timeout": 1, "destination": null}
    {"op": "broadcast", "command": "enable_events", "arguments": {}, "destination": ["w1@testbed"], "timeout": 1}
"""
import json
import os
import sys
from datetime import datetime, timedelta, timezone

from celery import uuid

from truth_app import app

OPTIONS = ("queue", "countdown", "expires", "priority")


def send(request):
    ids = []
    # One connection for all; the tasks the application knows are sent as their own code would send them.
    with app.producer_or_acquire() as producer:
        for task in request["tasks"]:
            for _ in range(task.get("count", 1)):
                ids.append(send_one(task, producer))
    return {"ids": ids}


def send_one(task, producer):
    name, args, kwargs = task["name"], task.get("args", []), task.get("kwargs", {})
    options = {key: task[key] for key in OPTIONS if task.get(key) is not None}
    options = {"task_id": uuid(), **options, **task.get("options", {})}
    if task.get("naiveEta") is not None:
        options["eta"] = datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=task["naiveEta"])
    if task.get("revoked"):
        app.control.revoke(options["task_id"])
    if name in app.tasks:
        return app.tasks[name].apply_async(args, kwargs, producer=producer, **options).id
    return app.send_task(name, args, kwargs, producer=producer, **options).id


def revoke(request):
    app.control.revoke(request["ids"], terminate=request.get("terminate", False), signal=request.get("signal", "SIGTERM"))
    return {}


def purge(request):
    with app.connection_for_write() as connection:
        queues = request.get("queues") or [app.conf.task_default_queue]
        return {"purged": sum(connection.default_channel.queue_purge(queue) or 0 for queue in queues)}


def ping(request):
    replies = app.control.ping(destination=request.get("destination"), timeout=request.get("timeout", 1))
    return {"nodenames": [nodename for reply in replies for nodename in reply]}


def broadcast(request):
    timeout = request.get("timeout")
    replies = app.control.broadcast(
        request["command"],
        arguments=request.get("arguments") or {},
        destination=request.get("destination"),
        reply=timeout is not None,
        timeout=timeout or 1,
    )
    return {"replies": {nodename: answer for reply in replies or [] for nodename, answer in reply.items()}}


OPERATIONS = {"send": send, "revoke": revoke, "purge": purge, "ping": ping, "broadcast": broadcast}


def main():
    # Anything that prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    app.finalize()
    answer({"ready": True})
    for line in sys.stdin:
        try:
            request = json.loads(line)
            answer(OPERATIONS[request["op"]](request))
        except Exception as error:  # the caller gets it, and the next request may succeed
            answer({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()

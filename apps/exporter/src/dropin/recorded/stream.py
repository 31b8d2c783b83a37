# Reads a capture of Celery's event exchange as Celery's own receiver would, for the two recorders beside it.
import base64
import json

from celery import Celery
from celery.events.receiver import EventReceiver
from kombu.serialization import loads
from prometheus_client import REGISTRY

CONTENT_TYPES = ["application/json", "application/x-msgpack", "application/x-yaml"]


def events(path):
    """Each event of a capture, with the recorder's clock as the moment of its arrival."""
    app = Celery()
    receiver = EventReceiver.__new__(EventReceiver)
    receiver.app, receiver.clock = app, app.clock
    receiver.adjust_clock, receiver.forward_clock = app.clock.adjust, app.clock.forward
    for line in open(path, encoding="utf-8"):
        record = json.loads(line)
        if "celeryev" in record.get("channel", "") and "payload" in record:
            envelope = json.loads(record["payload"])
            body = envelope["body"]
            if envelope["properties"].get("body_encoding") == "base64":
                body = base64.b64decode(body)
            content_type, encoding = envelope["content-type"], envelope["content-encoding"]
        elif record.get("exchange") == "celeryev" and "body" in record:
            body, encoding = record["body"], "utf-8"
            content_type = record["properties"]["content_type"]
        else:
            continue
        body = loads(body.encode() if isinstance(body, str) else body, content_type, encoding, accept=CONTENT_TYPES)
        for each in body if isinstance(body, list) else [body]:
            yield receiver.event_from_message(each, now=lambda: record["captured_at"])[1]


def page(prefix):
    """
    What the program shows, without the metrics of its process and the times at which its series were made. A bucket
    that holds no more than the one below it is left out.
    """
    for metric in REGISTRY.collect():
        if not metric.name.startswith(prefix):
            continue
        yield f"# TYPE {metric.name} {metric.type}"
        below = {}
        for sample in metric.samples:
            name, labels, value = sample[:3]
            if name.endswith("_created"):
                continue
            if name.endswith("_bucket"):
                series = tuple(sorted(pair for pair in labels.items() if pair[0] != "le"))
                if value == below.get(series, 0):
                    continue
                below[series] = value
            text = ",".join(f"{label}={json.dumps(labels[label], ensure_ascii=False)}" for label in sorted(labels))
            yield f"{name}{{{text}}} {value!r}"

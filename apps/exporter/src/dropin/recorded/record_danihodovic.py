"""Records what danihodovic's celery-exporter shows of a capture, for the tests that hold our page against it.

Usage, with Python of an environment that has that program's dependencies and a Redis server that may be flushed:

    python record_danihodovic.py CHECKOUT REDIS_URL CAPTURE.jsonl OUT.txt [FLAG...]

CHECKOUT holds danihodovic/celery-exporter; FLAGs are for its command line. The program itself runs and listens; the
capture is published as it was recorded. Written are the metrics of tasks: those of workers and queues depend on the
time of day and on workers that are there. A bucket that holds no more than the one below it is left out.
"""
import base64
import json
import re
import subprocess
import sys
import time
import urllib.request

import redis

PORT = 19808
# The workers of a capture fell silent long ago, by its clock.
KEEP = ["--worker-timeout", "0", "--purge-offline-worker-metrics", "0"]


def messages(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            if "payload" in one:
                if re.search(r"celeryev", one.get("channel", "")):
                    yield one["channel"], one["payload"]
            elif one.get("exchange") == "celeryev" and "body" in one:
                properties = one["properties"]
                yield "/0.celeryev/" + one["routing_key"], json.dumps({
                    "body": base64.b64encode(one["body"].encode()).decode(),
                    "content-encoding": "utf-8",
                    "content-type": properties["content_type"],
                    "headers": properties.get("application_headers") or {},
                    "properties": {
                        "delivery_mode": 1,
                        "delivery_info": {"exchange": "celeryev", "routing_key": one["routing_key"]},
                        "priority": 0,
                        "body_encoding": "base64",
                        "delivery_tag": str(time.time_ns()),
                    },
                })


def page():
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics") as answer:
        return answer.read().decode()


def compact(text):
    below = {}
    for line in text.splitlines():
        found = re.match(r"(celery_task_\w+)\{(.*)\} (\S+)$", line)
        if not found or found[1].endswith("_created"):
            continue
        name, labels, value = found[1], dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2])), float(found[3])
        if "le" in labels:
            series = (name, *sorted(pair for pair in labels.items() if pair[0] != "le"))
            if value == below.get(series, 0):
                continue
            below[series] = value
        text = ",".join(f'{k}="{v}"' for k, v in sorted(labels.items()))
        yield f"{name}{{{text}}} {round(value, 6):.15g}\n"


def main(checkout, url, capture, out, *flags):
    program = subprocess.Popen(
        [sys.executable, "cli.py", "--broker-url", url, "--host", "127.0.0.1", "--port", str(PORT), *KEEP, *flags],
        cwd=checkout, stdout=subprocess.DEVNULL,
    )
    try:
        client = redis.Redis.from_url(url)
        deadline = time.time() + 30
        while client.execute_command("PUBSUB", "NUMPAT") == 0 and time.time() < deadline:
            time.sleep(0.2)
        for channel, payload in messages(capture):
            client.publish(channel, payload)
        before, now = None, page()
        while before != now:
            time.sleep(1)
            before, now = now, page()
        with open(out, "w", encoding="utf-8") as file:
            file.writelines(sorted(compact(now)))
    finally:
        program.terminate()
        program.wait()


main(*sys.argv[1:])

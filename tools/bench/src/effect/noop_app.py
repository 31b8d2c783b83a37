"""A Celery application with one task that does nothing, so that what the worker itself costs is all there is to see."""
import logging
import os

from celery import Celery

app = Celery("noop", broker=os.environ["BROKER_URL"])
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)

# Lines about each task would cost more than the tasks; "ready." must stay.
for noisy in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)


@app.task(name="bench.noop")
def noop(*args, **kwargs):
    pass

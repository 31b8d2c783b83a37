"""The truth application: tasks of every ending, each of which records what happened to it (truth_record.py).

Configured by the environment alone: BROKER_URL, TRANSPORT_OPTIONS and SETTINGS (JSON), TRUTH_FILE.
"""
import json
import logging
import os
import signal
import time

from celery import Celery
from celery.exceptions import Ignore, Reject

from truth_errors import PaymentError, TransientError
from truth_record import first_time, recorded

app = Celery("truth", broker=os.environ["BROKER_URL"])
app.conf.update(
    broker_transport_options=json.loads(os.environ.get("TRANSPORT_OPTIONS") or "{}"),
    broker_connection_retry_on_startup=True,
)
app.conf.update(json.loads(os.environ.get("SETTINGS") or "{}"))

# Lines about each task would cost more than the tasks; "ready." must stay.
for noisy in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)

FAILURES = {
    "ValueError": lambda: ValueError("not a number: 'x'"),
    "KeyError": lambda: KeyError("missing"),
    "PaymentError": lambda: PaymentError("card declined"),
}


@app.task(name="truth.ok", bind=True)
def ok(self, duration=0, payload=None):
    with recorded(self):
        if duration:
            time.sleep(duration)


@app.task(name="truth.fail", bind=True)
def fail(self, kind="ValueError"):
    with recorded(self):
        raise FAILURES[kind]()


@app.task(name="truth.retry_then_ok", bind=True, max_retries=None)
def retry_then_ok(self, times=1, countdown=0.1):
    with recorded(self):
        if self.request.retries < times:
            raise self.retry(countdown=countdown)


# Celery makes a retry of the error outside of the task's own code, so the task has to say which of the two it will become.
@app.task(
    name="truth.autoretry_fail",
    bind=True,
    autoretry_for=(TransientError,),
    max_retries=2,
    default_retry_delay=0.1,
)
def autoretry_fail(self):
    with recorded(self, failure="retried" if self.request.retries < self.max_retries else "failed"):
        raise TransientError("still down")


@app.task(name="truth.reject_drop", bind=True, acks_late=True)
def reject_drop(self):
    with recorded(self):
        raise Reject("not for me", requeue=False)


@app.task(name="truth.reject_requeue_once", bind=True, acks_late=True)
def reject_requeue_once(self):
    with recorded(self):
        if first_time(self):
            raise Reject("once more, please", requeue=True)


@app.task(name="truth.ignore", bind=True)
def ignore(self):
    with recorded(self):
        raise Ignore()


@app.task(name="truth.sleep", bind=True)
def sleep(self, seconds=1):
    with recorded(self):
        time.sleep(seconds)


@app.task(name="truth.burn", bind=True)
def burn(self, seconds=0.02):
    """Uses that much CPU time."""
    with recorded(self):
        until = time.process_time() + seconds
        while time.process_time() < until:
            sum(range(1000))


@app.task(name="truth.hard_limit", bind=True, time_limit=1)
def hard_limit(self):
    with recorded(self):
        time.sleep(60)


@app.task(name="truth.soft_limit", bind=True, soft_time_limit=1)
def soft_limit(self):
    with recorded(self):
        time.sleep(60)


def die_now():
    # A process that dies before the worker has heard that it took the task makes billiard run the task in another one,
    # and then neither Celery's events nor its counters know of the first run.
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)


# The next two kill the process that runs them: send them to prefork workers only, elsewhere it is the worker itself.
@app.task(name="truth.die", bind=True)
def die(self):
    with recorded(self):
        die_now()


@app.task(name="truth.die_late", bind=True, acks_late=True, reject_on_worker_lost=True)
def die_late(self):
    with recorded(self):
        if first_time(self):
            die_now()


@app.task(name="truth.custom_event", bind=True)
def custom_event(self, progress=0.5):
    with recorded(self):
        self.send_event("task-progress", progress=progress)


@app.task(name="truth.quiet", bind=True, send_events=False)
def quiet(self):
    with recorded(self):
        pass


def shadow_name(self, args, kwargs, options):
    return "truth.shadow_of_shadowed"


@app.task(name="truth.shadowed", bind=True, shadow_name=shadow_name)
def shadowed(self):
    with recorded(self):
        pass

"""The demo's Celery application: a small shop whose tasks mostly succeed, sometimes fail, and now and then retry.

A file in the folder that the variable FAULTS names is a fault of the world outside that is on: `bank-away`, `supplier-hangs`. Without that
variable, as in the containers of docker/docker-compose.yml, there are none.
"""
import os
import pathlib
import random
import time

from celery import Celery

FAULTS = os.environ.get("FAULTS")

app = Celery("shop", broker=os.environ["BROKER_URL"])
app.conf.update(
    task_send_sent_event=True,
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    task_routes={"shop.resize_image": {"queue": "images"}, "shop.send_*": {"queue": "mail"}},
)


def fault(name):
    return bool(FAULTS) and (pathlib.Path(FAULTS) / name).exists()


class CardDeclined(Exception):
    pass


@app.task(name="shop.charge_card", bind=True, max_retries=2)
def charge_card(self, order):
    time.sleep(random.uniform(0.02, 0.15))
    if fault("bank-away"):
        raise ConnectionError(f"order {order}: the bank does not answer")
    luck = random.random()
    if luck < 0.01:
        raise CardDeclined(f"order {order}: insufficient funds")
    if luck < 0.05:
        raise self.retry(countdown=1)


@app.task(name="shop.send_receipt")
def send_receipt(order):
    time.sleep(random.uniform(0.02, 0.1))
    if random.random() < 0.003:
        raise ConnectionError("mail server went away")


@app.task(name="shop.resize_image")
def resize_image(order):
    time.sleep(random.choice([0.2, 0.3, 0.6]))


@app.task(name="shop.sync_stock")
def sync_stock():
    time.sleep(0.3)
    while fault("supplier-hangs"):
        time.sleep(0.1)

"""The demo's customers: they send a steady mix of tasks until they are stopped, and on demand more: `send <task> <count>` on standard input.

Each demand is answered with one line: `sent`, or `failed` and why.
"""
import itertools
import random
import sys
import threading
import time

from shop import app, charge_card, resize_image, send_receipt, sync_stock

NUMBERS = itertools.count(1)
NO_PATIENCE = {"retry": False}


def serve_demands():
    for line in sys.stdin:
        _, task, count = line.split()
        try:
            with app.producer_pool.acquire(block=True) as producer:
                for _ in range(int(count)):
                    args = () if task == "shop.sync_stock" else (next(NUMBERS),)
                    app.tasks[task].apply_async(args=args, producer=producer, **NO_PATIENCE)
            print("sent", flush=True)
        except Exception as error:
            print(f"failed {error!r}", flush=True)


def shop_around(order):
    charge_card.apply_async(args=(order,), **NO_PATIENCE)
    send_receipt.apply_async(args=(order,), **NO_PATIENCE)
    if order % 4 == 0:
        resize_image.apply_async(args=(order,), **NO_PATIENCE)
    if order % 20 == 0:
        sync_stock.apply_async(countdown=1, **NO_PATIENCE)


threading.Thread(target=serve_demands, daemon=True).start()
for order in NUMBERS:
    try:
        shop_around(order)
    except Exception as error:
        # A shop without its broker loses orders; its customers come again.
        print(f"order {order} was lost: {error!r}", file=sys.stderr, flush=True)
        time.sleep(0.5)
    time.sleep(random.uniform(0.15, 0.45))

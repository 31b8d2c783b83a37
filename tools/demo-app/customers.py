"""The demo's customers: they send a steady mix of tasks until they are stopped."""
import itertools
import random
import time

from shop import charge_card, resize_image, send_receipt, sync_stock

for order in itertools.count(1):
    charge_card.delay(order)
    send_receipt.delay(order)
    if order % 3 == 0:
        resize_image.apply_async(args=(order,))
    if order % 20 == 0:
        sync_stock.apply_async(countdown=2)
    time.sleep(random.uniform(0.2, 0.6))

# Plays a capture to OvalMoney's celery-exporter and prints its metrics: python record_ovalmoney.py CAPTURE (1.5.1).
import sys

from celery import Celery
from celery_exporter.monitor import TaskThread

from stream import events, page

thread = TaskThread(app=Celery(), namespace="celery", max_tasks_in_memory=10000)
for event in events(sys.argv[1]):
    try:
        thread._process_event(event)
    except Exception as error:  # there its connection breaks and is made anew five seconds later
        print(f"# {event.get('type')}: {error!r}", file=sys.stderr)
print("\n".join(page("celery_")))

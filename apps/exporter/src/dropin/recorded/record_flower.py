# Plays a capture to Flower's own state and prints its six metrics: python record_flower.py CAPTURE (flower 2.2.0).
import sys

from flower.events import EventsState

from stream import events, page

state = EventsState(max_tasks_in_memory=100000)
for event in events(sys.argv[1]):
    try:
        state.event(event)
    except Exception as error:  # as its event loop does: the event is dropped
        print(f"# {event.get('type')}: {error!r}", file=sys.stderr)
print("\n".join(page("flower_")))

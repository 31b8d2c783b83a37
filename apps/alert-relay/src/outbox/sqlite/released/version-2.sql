-- A store as the relay of version 2 left it, which was killed while it sent a message.
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA application_id = 1668768114;
PRAGMA user_version = 2;
CREATE TABLE alert_group (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    episode TEXT,
    seen_at REAL NOT NULL
  ) STRICT;
CREATE INDEX alert_group_seen ON alert_group (seen_at);
CREATE TABLE alert_state (
    alert_group INTEGER NOT NULL REFERENCES alert_group,
    episode TEXT NOT NULL,
    firing INTEGER NOT NULL,
    seen_at REAL NOT NULL,
    told_at REAL NOT NULL, starts_at REAL, ended_at REAL, held_until REAL,
    PRIMARY KEY (alert_group, episode)
  ) STRICT, WITHOUT ROWID;
CREATE INDEX alert_state_seen ON alert_state (seen_at);
CREATE TABLE notification (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_key TEXT NOT NULL,
    urgency INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    bytes INTEGER NOT NULL, -- of the content
    about TEXT NOT NULL, -- JSON: what a list says of it
    content TEXT NOT NULL
  ) STRICT;
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL,
    channel TEXT NOT NULL,
    token INTEGER NOT NULL UNIQUE,
    composed_at REAL NOT NULL,
    attempt INTEGER NOT NULL,
    unclear INTEGER NOT NULL, -- attempts without an answer that could be understood
    ambiguous INTEGER NOT NULL,
    claimed INTEGER NOT NULL,
    lost INTEGER NOT NULL DEFAULT 0, -- claims in a row that nobody settled
    kept INTEGER NOT NULL, -- it was one before the claim that holds it
    due_at REAL NOT NULL, -- claimed: when the lease ends
    urgency INTEGER NOT NULL,
    head INTEGER NOT NULL,
    lanes INTEGER NOT NULL,
    plan TEXT
  ) STRICT;
CREATE INDEX message_order ON message (channel, urgency, head, due_at);
CREATE INDEX message_due ON message (channel, due_at, lanes);
CREATE TABLE lane (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    group_key TEXT NOT NULL,
    message INTEGER REFERENCES message, -- while there is one, nothing younger of the lane goes
    size INTEGER NOT NULL,
    urgency INTEGER NOT NULL,
    head INTEGER NOT NULL, -- the oldest notification
    since REAL NOT NULL,
    due_at REAL NOT NULL,
    alone INTEGER NOT NULL DEFAULT 0, -- 1: goes in no digest; 2: goes one by one
    UNIQUE (channel, group_key)
  ) STRICT;
CREATE INDEX lane_order ON lane (channel, urgency, head, due_at) WHERE message IS NULL;
CREATE INDEX lane_due ON lane (channel, due_at) WHERE message IS NULL;
CREATE INDEX lane_message ON lane (message) WHERE message IS NOT NULL;
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    notification INTEGER NOT NULL REFERENCES notification,
    channel TEXT NOT NULL,
    lane INTEGER REFERENCES lane, -- while pending
    message INTEGER REFERENCES message, -- while claimed or kept
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    since REAL NOT NULL, -- its age counts from here
    urgency INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    unclear INTEGER NOT NULL DEFAULT 0,
    alone INTEGER NOT NULL DEFAULT 0, -- see lane
    not_before REAL NOT NULL,
    undelivered_channel TEXT, -- a copy: who gave up
    undelivered_reason TEXT,
    ended_at REAL,
    reason TEXT,
    detail TEXT,
    CHECK ((state = 'pending') = (lane IS NOT NULL) AND (state = 'pending') = (ended_at IS NULL))
  ) STRICT;
CREATE INDEX delivery_notification ON delivery (notification);
CREATE INDEX delivery_lane ON delivery (lane, notification) WHERE lane IS NOT NULL;
CREATE INDEX delivery_message ON delivery (message, notification) WHERE message IS NOT NULL;
CREATE INDEX delivery_delivered ON delivery (ended_at) WHERE state = 'delivered';
CREATE INDEX delivery_dead ON delivery (ended_at) WHERE state = 'dead';
CREATE INDEX delivery_dead_channel ON delivery (channel) WHERE state = 'dead';
CREATE TABLE quarantine (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, reason TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE fencing (token INTEGER NOT NULL) STRICT;
CREATE TABLE held (id INTEGER PRIMARY KEY AUTOINCREMENT, due_at REAL NOT NULL, content TEXT NOT NULL) STRICT;
CREATE INDEX held_due ON held (due_at);
INSERT INTO alert_group (id, key, episode, seen_at) VALUES (1, 'g', 'open', 1000.0);
INSERT INTO alert_group (id, key, episode, seen_at) VALUES (2, 'x', NULL, 1100.0);
INSERT INTO alert_group (id, key, episode, seen_at) VALUES (3, 'free', NULL, 1200.0);
INSERT INTO alert_group (id, key, episode, seen_at) VALUES (4, '"kept\u0000\"❯"', NULL, 1300.0);
INSERT INTO alert_group (id, key, episode, seen_at) VALUES (5, 'y', NULL, 1310.0);
INSERT INTO alert_group (id, key, episode, seen_at) VALUES (6, 'z', NULL, 1400.0);
INSERT INTO alert_group (id, key, episode, seen_at) VALUES (7, 'w', NULL, 1600.0);
INSERT INTO alert_state (alert_group, episode, firing, seen_at, told_at, starts_at, ended_at, held_until) VALUES (1, 'a1b2', 1, 1000.0, 900.0, 10.0, NULL, NULL);
INSERT INTO alert_state (alert_group, episode, firing, seen_at, told_at, starts_at, ended_at, held_until) VALUES (1, 'c3d4', 0, 1000.0, 900.0, 11.0, 800.0, NULL);
INSERT INTO notification (id, group_key, urgency, changes, bytes, about, content) VALUES (1, 'x', 1, 2, 670, '{"group":{"receiver":"relay","labels":{"alertname":"x"}},"alerts":[{"name":"delivered","count":2}],"acceptedAt":1000}', '{"kind":"news","group":{"key":"x","receiver":"relay","labels":{"alertname":"x"},"externalURL":""},"episode":{"id":"delivered","opened":true},"acceptedAt":1000,"changes":[{"status":"firing","labels":{"alertname":"delivered","severity":"warning"},"annotations":{"summary":"队列 \"default\" ❯ 1000\u0000"},"startsAt":1000,"generatorURL":"","fingerprint":"delivered-0","identity":"delivered-0"},{"status":"firing","labels":{"alertname":"delivered","severity":"warning"},"annotations":{"summary":"队列 \"default\" ❯ 1000\u0000"},"startsAt":1000,"generatorURL":"","fingerprint":"delivered-1","identity":"delivered-1"}],"standing":{"count":0,"alerts":[]},"truncated":0}');
INSERT INTO notification (id, group_key, urgency, changes, bytes, about, content) VALUES (2, 'x', 0, 1, 426, '{"group":{"receiver":"relay","labels":{"alertname":"x"}},"alerts":[{"name":"dead","count":1}],"acceptedAt":1100}', '{"kind":"news","group":{"key":"x","receiver":"relay","labels":{"alertname":"x"},"externalURL":""},"episode":{"id":"dead","opened":true},"acceptedAt":1100,"changes":[{"status":"firing","labels":{"alertname":"dead","severity":"critical"},"annotations":{"summary":"队列 \"default\" ❯ 1000\u0000"},"startsAt":1100,"generatorURL":"","fingerprint":"dead-0","identity":"dead-0"}],"standing":{"count":0,"alerts":[]},"truncated":0}');
INSERT INTO notification (id, group_key, urgency, changes, bytes, about, content) VALUES (3, 'free', 1, 1, 431, '{"group":{"receiver":"relay","labels":{"alertname":"free"}},"alerts":[{"name":"free","count":1}],"acceptedAt":1200}', '{"kind":"news","group":{"key":"free","receiver":"relay","labels":{"alertname":"free"},"externalURL":""},"episode":{"id":"free","opened":true},"acceptedAt":1200,"changes":[{"status":"firing","labels":{"alertname":"free","severity":"warning"},"annotations":{"summary":"队列 \"default\" ❯ 1000\u0000"},"startsAt":1200,"generatorURL":"","fingerprint":"free-0","identity":"free-0"}],"standing":{"count":0,"alerts":[]},"truncated":0}');
INSERT INTO notification (id, group_key, urgency, changes, bytes, about, content) VALUES (4, '"kept\u0000\"❯"', 1, 1, 453, '{"group":{"receiver":"relay","labels":{"alertname":"kept\u0000\"❯"}},"alerts":[{"name":"kept","count":1}],"acceptedAt":1300}', '{"kind":"news","group":{"key":"kept\u0000\"❯","receiver":"relay","labels":{"alertname":"kept\u0000\"❯"},"externalURL":""},"episode":{"id":"kept","opened":true},"acceptedAt":1300,"changes":[{"status":"firing","labels":{"alertname":"kept","severity":"warning"},"annotations":{"summary":"队列 \"default\" ❯ 1000\u0000"},"startsAt":1300,"generatorURL":"","fingerprint":"kept-0","identity":"kept-0"}],"standing":{"count":0,"alerts":[]},"truncated":0}');
INSERT INTO notification (id, group_key, urgency, changes, bytes, about, content) VALUES (5, 'y', 1, 1, 441, '{"group":{"receiver":"relay","labels":{"alertname":"y"}},"alerts":[{"name":"kept-too","count":1}],"acceptedAt":1310}', '{"kind":"news","group":{"key":"y","receiver":"relay","labels":{"alertname":"y"},"externalURL":""},"episode":{"id":"kept-too","opened":true},"acceptedAt":1310,"changes":[{"status":"firing","labels":{"alertname":"kept-too","severity":"warning"},"annotations":{"summary":"队列 \"default\" ❯ 1000\u0000"},"startsAt":1310,"generatorURL":"","fingerprint":"kept-too-0","identity":"kept-too-0"}],"standing":{"count":0,"alerts":[]},"truncated":0}');
INSERT INTO notification (id, group_key, urgency, changes, bytes, about, content) VALUES (6, 'z', 1, 1, 437, '{"group":{"receiver":"relay","labels":{"alertname":"z"}},"alerts":[{"name":"claimed","count":1}],"acceptedAt":1400}', '{"kind":"news","group":{"key":"z","receiver":"relay","labels":{"alertname":"z"},"externalURL":""},"episode":{"id":"claimed","opened":true},"acceptedAt":1400,"changes":[{"status":"firing","labels":{"alertname":"claimed","severity":"warning"},"annotations":{"summary":"队列 \"default\" ❯ 1000\u0000"},"startsAt":1400,"generatorURL":"","fingerprint":"claimed-0","identity":"claimed-0"}],"standing":{"count":0,"alerts":[]},"truncated":0}');
INSERT INTO notification (id, group_key, urgency, changes, bytes, about, content) VALUES (7, 'w', 3, 1, 453, '{"group":{"receiver":"relay","labels":{"alertname":"w"}},"alerts":[{"name":"waiting","count":1}],"acceptedAt":1500}', '{"kind":"news","group":{"key":"w","receiver":"relay","labels":{"alertname":"w"},"externalURL":""},"episode":{"id":"waiting","opened":true},"acceptedAt":1500,"changes":[{"status":"resolved","labels":{"alertname":"waiting","severity":"warning"},"annotations":{"summary":"队列 \"default\" ❯ 1000\u0000"},"startsAt":1500,"endsAt":1500,"generatorURL":"","fingerprint":"waiting-0","identity":"waiting-0"}],"standing":{"count":0,"alerts":[]},"truncated":0}');
INSERT INTO notification (id, group_key, urgency, changes, bytes, about, content) VALUES (8, 'w', 1, 1, 425, '{"group":{"receiver":"relay","labels":{"alertname":"w"}},"alerts":[{"name":"gone","count":1}],"acceptedAt":1600}', '{"kind":"news","group":{"key":"w","receiver":"relay","labels":{"alertname":"w"},"externalURL":""},"episode":{"id":"gone","opened":true},"acceptedAt":1600,"changes":[{"status":"firing","labels":{"alertname":"gone","severity":"warning"},"annotations":{"summary":"队列 \"default\" ❯ 1000\u0000"},"startsAt":1600,"generatorURL":"","fingerprint":"gone-0","identity":"gone-0"}],"standing":{"count":0,"alerts":[]},"truncated":0}');
INSERT INTO message (id, uuid, channel, token, composed_at, attempt, unclear, ambiguous, claimed, lost, kept, due_at, urgency, head, lanes, plan) VALUES (5, '00000000-0000-4000-8000-000000000005', 'c', 5, 1320.0, 1, 0, 1, 0, 0, 1, 2000.0, 1, 4, 2, '[{"from":0,"to":1,"detail":"full","state":"delivered"},{"from":1,"to":2,"detail":"lines","clip":80,"state":"ambiguous"}]');
INSERT INTO message (id, uuid, channel, token, composed_at, attempt, unclear, ambiguous, claimed, lost, kept, due_at, urgency, head, lanes, plan) VALUES (6, '00000000-0000-4000-8000-000000000006', 'd', 6, 1410.0, 1, 0, 0, 1, 0, 0, 1001410.0, 1, 6, 1, NULL);
INSERT INTO lane (id, channel, group_key, message, size, urgency, head, since, due_at, alone) VALUES (2, 'f', 'x', NULL, 1, 0, 2, 1140.0, 0.0, 0);
INSERT INTO lane (id, channel, group_key, message, size, urgency, head, since, due_at, alone) VALUES (3, 'b', 'free', NULL, 1, 1, 3, 1200.0, 2000.0, 0);
INSERT INTO lane (id, channel, group_key, message, size, urgency, head, since, due_at, alone) VALUES (4, 'c', '"kept\u0000\"❯"', 5, 1, 1, 4, 1300.0, 0.0, 0);
INSERT INTO lane (id, channel, group_key, message, size, urgency, head, since, due_at, alone) VALUES (5, 'c', 'y', 5, 1, 1, 5, 1310.0, 0.0, 0);
INSERT INTO lane (id, channel, group_key, message, size, urgency, head, since, due_at, alone) VALUES (6, 'd', 'z', 6, 1, 1, 6, 1400.0, 0.0, 0);
INSERT INTO lane (id, channel, group_key, message, size, urgency, head, since, due_at, alone) VALUES (7, 'a', 'z', NULL, 1, 1, 6, 1400.0, 0.0, 0);
INSERT INTO lane (id, channel, group_key, message, size, urgency, head, since, due_at, alone) VALUES (8, 'a', 'w', NULL, 1, 3, 7, 1500.0, 0.0, 0);
INSERT INTO lane (id, channel, group_key, message, size, urgency, head, since, due_at, alone) VALUES (9, 'b', 'w', NULL, 1, 3, 7, 1500.0, 0.0, 0);
INSERT INTO lane (id, channel, group_key, message, size, urgency, head, since, due_at, alone) VALUES (10, 'removed', 'w', NULL, 1, 1, 8, 1600.0, 0.0, 0);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (1, 1, 'a', NULL, NULL, 'delivered', 1000.0, 1, 2, 670, 0, 0, 0, 0.0, NULL, NULL, 1020.0, NULL, NULL);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (2, 2, 'a', NULL, NULL, 'dead', 1100.0, 0, 1, 426, 2, 0, 0, 1130.0, NULL, NULL, 1140.0, 'address', '404');
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (3, 2, 'f', 2, NULL, 'pending', 1140.0, 0, 1, 426, 0, 0, 0, 0.0, 'a', 'address', NULL, NULL, NULL);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (4, 3, 'b', 3, NULL, 'pending', 1200.0, 1, 1, 431, 1, 1, 0, 2000.0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (5, 4, 'c', 4, 5, 'pending', 1300.0, 1, 1, 453, 0, 0, 0, 0.0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (6, 5, 'c', 5, 5, 'pending', 1310.0, 1, 1, 441, 0, 0, 0, 0.0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (7, 6, 'd', 6, 6, 'pending', 1400.0, 1, 1, 437, 0, 0, 0, 0.0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (8, 6, 'a', 7, NULL, 'pending', 1400.0, 1, 1, 437, 0, 0, 0, 0.0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (9, 7, 'a', 8, NULL, 'pending', 1500.0, 3, 1, 453, 0, 0, 0, 0.0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (10, 7, 'b', 9, NULL, 'pending', 1500.0, 3, 1, 453, 0, 0, 0, 0.0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO delivery (id, notification, channel, lane, message, state, since, urgency, changes, bytes, attempts, unclear, alone, not_before, undelivered_channel, undelivered_reason, ended_at, reason, detail) VALUES (11, 8, 'removed', 10, NULL, 'pending', 1600.0, 1, 1, 425, 0, 0, 0, 0.0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO quarantine (id, at, reason, bytes) VALUES (1, 1700.0, 'not_json', X'00FF01');
INSERT INTO note (name, value) VALUES ('clock', '{"at":1}');
INSERT INTO note (name, value) VALUES ('watchdog', '1700');
INSERT INTO fencing (token) VALUES (6);
INSERT INTO held (id, due_at, content) VALUES (1, 5000.0, 'held back');

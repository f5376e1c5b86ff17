CREATE TABLE users (
  id text PRIMARY KEY,
  username text NOT NULL UNIQUE
);

CREATE TABLE channels (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE,
  last_seq bigint NOT NULL DEFAULT 0
);

CREATE TABLE members (
  channel_id text NOT NULL REFERENCES channels,
  user_id text NOT NULL REFERENCES users,
  PRIMARY KEY (channel_id, user_id)
);

CREATE TABLE messages (
  id uuid PRIMARY KEY,
  channel_id text NOT NULL REFERENCES channels,
  seq bigint NOT NULL,
  author_id text NOT NULL REFERENCES users,
  nonce text NOT NULL,
  content text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (channel_id, seq),
  UNIQUE (channel_id, author_id, nonce)
);

CREATE INDEX members_by_user ON members (user_id, channel_id);

CREATE TABLE readers (
  channel_id text NOT NULL REFERENCES channels,
  user_id text NOT NULL REFERENCES users,
  last_read_seq bigint NOT NULL,
  PRIMARY KEY (channel_id, user_id)
);
